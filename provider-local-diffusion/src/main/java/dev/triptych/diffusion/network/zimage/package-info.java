/** Z-Image's transformer. */
@NullMarked
package dev.triptych.diffusion.network.zimage;

import org.jspecify.annotations.NullMarked;
