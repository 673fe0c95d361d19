/** The Model Context Protocol, over standard input and over HTTP. */
@NullMarked
package dev.triptych.server.mcp;

import org.jspecify.annotations.NullMarked;
