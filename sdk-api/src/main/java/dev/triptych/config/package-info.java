/**
 * {@code triptych.yaml}: named generators, made by the factories on the class path, switched by configuration. A
 * request begins its walk here: {@link dev.triptych.config.GeneratorRegistry} gives the generator, with everything
 * around it.
 */
@NullMarked
package dev.triptych.config;

import org.jspecify.annotations.NullMarked;
