package dev.triptych.diffusion;

import dev.triptych.Capabilities;
import dev.triptych.CostClass;
import dev.triptych.ImageSize;
import dev.triptych.InputRole;
import dev.triptych.InputRule;
import dev.triptych.Operation;
import dev.triptych.Parameter;
import dev.triptych.SizeRule;
import dev.triptych.diffusion.error.LocalErrors;
import dev.triptych.diffusion.family.Family;
import java.util.Set;

/** What can be said of a local generator before its checkpoint was read. */
final class ProvisionalCapabilities {

    private static final int ANY_EDGE = 8;
    private static final int MAX_EDGE = 2048;

    private ProvisionalCapabilities() {}

    /** Those of a generator with {@code settings}: what its IP-Adapters are called is known before they are read. */
    static Capabilities of(LocalSettings settings) {
        Capabilities.Builder capabilities = Capabilities.builder();
        if (!settings.ipAdapters().isEmpty()) {
            capabilities.inputs(
                    InputRole.STYLE, PictureAdapters.rule(settings.ipAdapters().keySet()));
        }
        return capabilities
                .operations(Operation.IMAGE_TO_IMAGE, Operation.INPAINTING)
                .honours(
                        Parameter.NEGATIVE_PROMPT,
                        Parameter.SIZE,
                        Parameter.SEED,
                        Parameter.STEPS,
                        Parameter.GUIDANCE_SCALE,
                        Parameter.STRENGTH)
                .emptyPrompt(true)
                .maxInputs(1)
                .inputs(InputRole.REFERENCE, InputRule.plain(Family.MAX_REFERENCES))
                .inputs(InputRole.CONTROL, InputRule.named(Family.MAX_CONTROLS, Set.of()))
                .sizes(SizeRule.multiplesOf(ANY_EDGE, ANY_EDGE, MAX_EDGE, ImageSize.square(256)))
                .options(LocalErrors.PROVIDER, Family.allOptions())
                .deterministicSeeds(true)
                .costClass(CostClass.FREE)
                .provisional(true)
                .build();
    }
}
