/** Who may ask: hosts, origins, the token. */
@NullMarked
package dev.triptych.server.security;

import org.jspecify.annotations.NullMarked;
