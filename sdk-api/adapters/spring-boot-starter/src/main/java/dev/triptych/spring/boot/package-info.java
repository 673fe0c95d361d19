/**
 * Generators from an application's properties, as beans. Here a request begins its walk: {@code triptych.*} is read
 * into {@link dev.triptych.spring.boot.TriptychProperties}, {@link dev.triptych.spring.boot.TriptychAutoConfiguration}
 * makes a {@link dev.triptych.config.GeneratorRegistry} of it, and the application calls the
 * {@link dev.triptych.ImageGenerator} that Spring gives it. A health component, where the actuator is, tells which
 * generators can work.
 */
@NullMarked
package dev.triptych.spring.boot;

import org.jspecify.annotations.NullMarked;
