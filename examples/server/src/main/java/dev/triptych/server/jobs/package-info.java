/** Jobs: every request of any API becomes one, and outlives the process. */
@NullMarked
package dev.triptych.server.jobs;

import org.jspecify.annotations.NullMarked;
