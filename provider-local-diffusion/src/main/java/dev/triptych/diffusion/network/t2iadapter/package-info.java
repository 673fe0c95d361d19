/** T2I-Adapters: small networks that turn a control picture into features for a U-Net's way down. */
@NullMarked
package dev.triptych.diffusion.network.t2iadapter;

import org.jspecify.annotations.NullMarked;
