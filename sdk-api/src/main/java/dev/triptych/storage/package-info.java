/**
 * Files that survive a kill: written aside and moved, or appended a line at a time, under a lock that other processes
 * see. What cache, budget and journal stand on; applications have no need of it.
 */
@NullMarked
package dev.triptych.storage;

import org.jspecify.annotations.NullMarked;
