/** Networks that enlarge pictures: {@code RRDBNet}, as ESRGAN and Real-ESRGAN have it. */
@NullMarked
package dev.triptych.diffusion.network.rrdb;

import org.jspecify.annotations.NullMarked;
