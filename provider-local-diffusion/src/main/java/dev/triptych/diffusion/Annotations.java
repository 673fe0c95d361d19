package dev.triptych.diffusion;

import dev.triptych.diffusion.pixels.Pixels;
import dev.triptych.diffusion.pixels.annotate.Annotator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What is made of pictures before they steer: {@code canny} for all of them, {@code NAME=canny} for those of one
 * control, commas between several. Immutable.
 *
 * @param all for pictures whose control is not named
 * @param byName for the pictures of a control, by its name
 */
record Annotations(Optional<Annotator> all, Map<String, Annotator> byName) {

    /** Copies the map. */
    Annotations {
        byName = Map.copyOf(byName);
    }

    /** Pictures as they are. */
    static Annotations none() {
        return new Annotations(Optional.empty(), Map.of());
    }

    /**
     * Reads the option.
     *
     * @param names the controls that pictures feed
     * @throws IllegalArgumentException if it names an annotator that there is not, or a control that no picture feeds
     */
    static Annotations parse(String text, Set<String> names) {
        Optional<Annotator> all = Optional.empty();
        Map<String, Annotator> byName = new LinkedHashMap<>();
        for (String each : text.split(",", -1)) {
            int equals = each.lastIndexOf('=');
            Annotator annotator = Annotator.parse(each.substring(equals + 1));
            String name = each.substring(0, Math.max(0, equals)).strip();
            boolean again = equals < 0 ? all.isPresent() : byName.put(name, annotator) != null;
            if (again) {
                throw new IllegalArgumentException("must say once what becomes of a picture but was \"" + text + "\"");
            }
            if (equals < 0) {
                all = Optional.of(annotator);
            } else if (!names.contains(name)) {
                throw new IllegalArgumentException("must name controls that have a picture, "
                        + names.stream().sorted().toList() + ", but named \"" + name + "\"");
            }
        }
        return new Annotations(all, byName);
    }

    /** What {@code picture} becomes for the control {@code name}. */
    Pixels of(String name, Pixels picture) {
        Annotator own = byName.get(name);
        return own != null
                ? own.annotate(picture)
                : all.map(annotator -> annotator.annotate(picture)).orElse(picture);
    }
}
