/** The API of AUTOMATIC1111's web UI, as far as its clients use it. */
@NullMarked
package dev.triptych.server.a1111;

import org.jspecify.annotations.NullMarked;
