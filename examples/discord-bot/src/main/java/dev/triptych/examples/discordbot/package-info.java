/** An image bot for one's own Discord server: commands, buttons and a queue, with any Triptych generator behind it. */
@NullMarked
package dev.triptych.examples.discordbot;

import org.jspecify.annotations.NullMarked;
