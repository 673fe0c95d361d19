/** What the packages of this module share among themselves. Nothing here is for applications. */
@NullMarked
package dev.triptych.internal;

import org.jspecify.annotations.NullMarked;
