/** A Discord of one's own on loopback, for tests: REST, gateway and attachments on one port, with faults to order. */
@NullMarked
package dev.triptych.discord.simulator;

import org.jspecify.annotations.NullMarked;
