/** Picture files: what their first bytes say, the text a PNG carries, grids and contact sheets. */
@NullMarked
package dev.triptych.media;

import org.jspecify.annotations.NullMarked;
