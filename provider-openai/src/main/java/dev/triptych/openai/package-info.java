/**
 * The images API, for OpenAI and everything that speaks it. Here a request ends its walk as one HTTP call: a profile
 * says what the server takes, a codec writes the body, and the answer, streamed or not, becomes pictures or an error
 * that says whether it was billed.
 */
@NullMarked
package dev.triptych.openai;

import org.jspecify.annotations.NullMarked;
