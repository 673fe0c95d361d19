/** The images API, for OpenAI and everything that speaks it. */
@NullMarked
package dev.triptych.openai;

import org.jspecify.annotations.NullMarked;
