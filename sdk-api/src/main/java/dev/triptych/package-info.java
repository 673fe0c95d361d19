/**
 * What callers import: one {@link dev.triptych.ImageGenerator} for every provider, the
 * {@link dev.triptych.ImageRequest} that goes in, the {@link dev.triptych.ImageResult} that comes out, and the errors,
 * events and capabilities around them.
 *
 * <p>The walk of a request:
 *
 * <ol>
 *   <li>A {@link dev.triptych.config.GeneratorRegistry} read {@code triptych.yaml} and gives a generator by its name.
 *   <li>The wrappers of {@link dev.triptych.resilience} stand around it: {@link dev.triptych.cache} answers what was
 *       painted before, {@link dev.triptych.ledger} refuses what would cost more than is left.
 *   <li>The provider holds the request against its {@link dev.triptych.Capabilities}
 *       ({@link dev.triptych.Negotiation}): each difference is a {@link dev.triptych.GenerationWarning}, or, in
 *       {@link dev.triptych.NegotiationMode#STRICT}, an {@link dev.triptych.UnsupportedRequestException} before any
 *       work or money.
 *   <li>It works, and tells {@link dev.triptych.GenerationEvent}s to whoever listens; a
 *       {@link dev.triptych.Cancellation} stops it.
 *   <li>The {@link dev.triptych.ImageResult} holds the pictures and an {@link dev.triptych.ExecutionRecord}: who
 *       served, with which effective request, what was tried before, in which time, for how much. A picture says itself
 *       how it was made ({@link dev.triptych.Provenance}). What goes wrong is an
 *       {@link dev.triptych.ImageGenerationException} whose {@link dev.triptych.Outcome} says whether it may have been
 *       billed.
 * </ol>
 */
@NullMarked
package dev.triptych;

import org.jspecify.annotations.NullMarked;
