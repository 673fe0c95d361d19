/**
 * A server around the generators of a configuration: a page for people, and the APIs of OpenAI, AUTOMATIC1111 and MCP
 * for programs. StudioServer starts it.
 */
@NullMarked
package dev.triptych.server;

import org.jspecify.annotations.NullMarked;
