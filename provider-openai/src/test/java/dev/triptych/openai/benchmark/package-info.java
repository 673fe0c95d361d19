/** Measures what the provider costs beside the network. */
@NullMarked
package dev.triptych.openai.benchmark;

import org.jspecify.annotations.NullMarked;
