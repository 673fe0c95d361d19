/** The native API that the page speaks. */
@NullMarked
package dev.triptych.server.api;

import org.jspecify.annotations.NullMarked;
