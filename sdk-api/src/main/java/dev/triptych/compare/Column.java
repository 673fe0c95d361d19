package dev.triptych.compare;

import dev.triptych.Capabilities;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageGenerator;

/**
 * One generator of a comparison, as its pictures stand below each other in the report.
 *
 * @param info who the generator is; its name is unique within the comparison
 * @param capabilities what it honours
 * @param facts what is known of its model beside that
 */
public record Column(GeneratorInfo info, Capabilities capabilities, ModelFacts facts) {

    static Column of(ImageGenerator generator, ModelFacts facts) {
        return new Column(generator.info(), generator.capabilities(), facts);
    }

    /** The generator's name. */
    public String name() {
        return info.name();
    }
}
