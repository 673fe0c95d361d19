/** {@code triptych.yaml}: named generators, made by the factories on the class path, switched by configuration. */
@NullMarked
package dev.triptych.config;

import org.jspecify.annotations.NullMarked;
