/**
 * A Midjourney-style relay on Discord. Here a request ends its walk as a message: it is written to the journal, posted
 * into a channel, followed through its edits and answers, and the pictures of the answer are fetched and, where they
 * came as one grid, split.
 */
@NullMarked
package dev.triptych.discord;

import org.jspecify.annotations.NullMarked;
