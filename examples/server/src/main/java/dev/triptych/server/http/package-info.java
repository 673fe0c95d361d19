/** What every API here shares: bounded bodies, JSON, failures that become answers, event streams. */
@NullMarked
package dev.triptych.server.http;

import org.jspecify.annotations.NullMarked;
