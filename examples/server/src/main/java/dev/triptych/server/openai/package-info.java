/** The images API of OpenAI, as others' clients speak it. */
@NullMarked
package dev.triptych.server.openai;

import org.jspecify.annotations.NullMarked;
