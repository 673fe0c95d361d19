/** ControlNet: a copy of a U-Net's first half that reads a picture and tells the U-Net what it found. */
@NullMarked
package dev.triptych.diffusion.network.controlnet;

import org.jspecify.annotations.NullMarked;
