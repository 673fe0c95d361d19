/** A Midjourney-style relay on Discord. */
@NullMarked
package dev.triptych.discord;

import org.jspecify.annotations.NullMarked;
