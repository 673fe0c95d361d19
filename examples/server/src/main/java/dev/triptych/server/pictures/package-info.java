/** Pictures on disk: named by ids that nobody can guess, with thumbnails and the settings they carry. */
@NullMarked
package dev.triptych.server.pictures;

import org.jspecify.annotations.NullMarked;
