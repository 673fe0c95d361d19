/** Seeded normal numbers that are the ones other engines draw: a seed gives the same first noise here as there. */
@NullMarked
package dev.triptych.diffusion.random;

import org.jspecify.annotations.NullMarked;
