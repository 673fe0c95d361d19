/** IP-Adapters: pictures as tokens that a U-Net attends to beside the prompt. */
@NullMarked
package dev.triptych.diffusion.network.ipadapter;

import org.jspecify.annotations.NullMarked;
