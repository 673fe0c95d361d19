/** Generators from an application's properties, as beans. */
@NullMarked
package dev.triptych.spring.boot;

import org.jspecify.annotations.NullMarked;
