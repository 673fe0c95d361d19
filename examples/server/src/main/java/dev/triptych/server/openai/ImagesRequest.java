package dev.triptych.server.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.Capabilities;
import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.ImageSize;
import dev.triptych.Operation;
import dev.triptych.Parameter;
import dev.triptych.server.http.Fields;
import dev.triptych.server.http.HttpFailure;
import dev.triptych.server.jobs.Generators;
import dev.triptych.server.pictures.PictureSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A request in OpenAI's words, read.
 *
 * @param request the same in ours
 * @param generator the generator's name
 * @param stream whether events are wanted in place of one answer
 * @param partialImages how many unfinished pictures are wanted on the way, 0 to 3
 * @param url whether pictures are wanted by URL
 * @param ignored names of fields without effect
 * @param remarks what a person should know of how it was read
 */
record ImagesRequest(
        ImageRequest request,
        String generator,
        boolean stream,
        int partialImages,
        boolean url,
        List<String> ignored,
        List<String> remarks) {

    private static final int MAX_PICTURES = 10;
    private static final int MAX_PARTIAL = 3;

    /** Which of the three routes was asked. */
    enum Route {
        GENERATIONS,
        EDITS,
        VARIATIONS
    }

    /**
     * Reads {@code body}.
     *
     * @param images the pictures that came with it
     * @param mask the mask that came with it
     * @throws HttpFailure 400 or 404 that names the field
     */
    static ImagesRequest read(
            Route route,
            ObjectNode body,
            List<ImageInput> images,
            Optional<ImageInput> mask,
            Models models,
            Generators generators) {
        return new Reader(new Fields(body), models, generators).read(route, images, mask);
    }

    private static final class Reader {
        private final Fields fields;
        private final Models models;
        private final Generators generators;
        private final ImageRequest.Builder request = ImageRequest.builder();
        private final List<String> ignored = new ArrayList<>();
        private final List<String> remarks = new ArrayList<>();

        Reader(Fields fields, Models models, Generators generators) {
            this.fields = fields;
            this.models = models;
            this.generators = generators;
        }

        ImagesRequest read(Route route, List<ImageInput> images, Optional<ImageInput> mask) {
            String generator = models.generator(fields.text("model"));
            Optional<Capabilities> can = generators.facts(generator).map(Generators.Facts::capabilities);
            boolean stream = fields.truth("stream").orElse(false);
            int partial = fields.integer("partial_images").orElse(0);
            if (partial < 0 || partial > MAX_PARTIAL) {
                throw HttpFailure.badField(
                        "partial_images", "partial_images must be between 0 and 3 but was " + partial);
            }
            boolean url = fields.text("response_format").orElse("b64_json").equals("url");
            basics();
            extensions(can);
            words(can);
            pictures(route, images, mask, can);
            fields.drop("user", "moderation", "input_fidelity", "safety_identifier", "complexity");
            ignored.addAll(fields.rest());
            try {
                return new ImagesRequest(request.build(), generator, stream, partial, url, ignored, remarks);
            } catch (IllegalArgumentException e) {
                throw HttpFailure.badRequest(String.valueOf(e.getMessage()));
            }
        }

        private void basics() {
            fields.text("prompt").ifPresent(request::prompt);
            int count = fields.integer("n").orElse(1);
            if (count < 1 || count > MAX_PICTURES) {
                throw HttpFailure.badField("n", "n must be between 1 and " + MAX_PICTURES + " but was " + count);
            }
            request.count(count);
            Optional<String> size = fields.text("size").filter(text -> !text.equals("auto"));
            Optional<Integer> width = fields.integer("width");
            Optional<Integer> height = fields.integer("height");
            try {
                if (width.isPresent() && height.isPresent()) {
                    request.size(width.get(), height.get());
                } else if (size.isPresent()) {
                    request.size(ImageSize.parse(size.get()));
                }
            } catch (IllegalArgumentException e) {
                throw HttpFailure.badField("size", String.valueOf(e.getMessage()));
            }
        }

        /** What OpenAI has no field for, in the spellings of other servers. */
        private void extensions(Optional<Capabilities> can) {
            fields.text("negative_prompt", "negativePrompt").ifPresent(request::negativePrompt);
            fields.whole("seed").filter(seed -> seed >= 0).ifPresent(request::seed);
            fields.integer("num_inference_steps", "steps", "step", "sample_steps")
                    .ifPresent(request::steps);
            fields.number("guidance_scale", "cfg_scale", "cfg", "txt_cfg").ifPresent(request::guidanceScale);
            fields.number("strength", "denoising_strength").ifPresent(request::strength);
            fields.text("scheduler", "sampler", "sampler_name", "sample_method")
                    .ifPresent(name -> scheduler(name, can));
            fields.value("options").ifPresent(this::options);
        }

        private void scheduler(String name, Optional<Capabilities> can) {
            String key = can.map(Capabilities::optionPrefix).orElse("") + ".scheduler";
            if (can.isPresent() && can.get().knowsOption(key)) {
                request.option(key, name);
            } else {
                ignored.add("scheduler");
            }
        }

        private void options(JsonNode options) {
            if (!options.isObject()) {
                throw HttpFailure.badField(
                        "options", "options must be an object but was of JSON type " + options.getNodeType());
            }
            options.properties()
                    .forEach(option ->
                            request.option(option.getKey(), option.getValue().asText()));
        }

        /** Words that only some generators know; for the others they go without saying. */
        private void words(Optional<Capabilities> can) {
            fields.text("quality").ifPresent(word -> {
                if (honours(can, Parameter.QUALITY)) {
                    request.quality(word);
                } else {
                    ignored.add("quality");
                }
            });
            fields.text("style").ifPresent(word -> {
                if (honours(can, Parameter.STYLE)) {
                    request.style(word);
                }
            });
            fields.text("background").ifPresent(word -> {
                if (honours(can, Parameter.BACKGROUND)) {
                    request.background(word);
                } else if (!word.equals("auto")) {
                    ignored.add("background");
                }
            });
            fields.text("output_format").ifPresent(word -> {
                if (honours(can, Parameter.OUTPUT_FORMAT)) {
                    request.outputFormat(word);
                } else if (!word.equals("png")) {
                    ignored.add("output_format");
                }
            });
            fields.integer("output_compression").ifPresent(percent -> {
                if (honours(can, Parameter.COMPRESSION)) {
                    request.compression(percent);
                }
            });
        }

        private static boolean honours(Optional<Capabilities> can, Parameter parameter) {
            return can.map(known -> known.honours(parameter)).orElse(true);
        }

        private void pictures(
                Route route, List<ImageInput> images, Optional<ImageInput> mask, Optional<Capabilities> can) {
            Optional<Masks.Mode> mode = fields.text("mask_mode").map(Masks.Mode::of);
            if (route == Route.GENERATIONS) {
                return;
            }
            if (images.isEmpty()) {
                throw HttpFailure.badField("image", "image must be given but was not");
            }
            request.inputs(images);
            Optional<Masks.Read> read =
                    mask.map(each -> Masks.read(each, images.get(0).header(), mode));
            if (read.isEmpty() && route == Route.EDITS) {
                read = Masks.ofTransparency(images.get(0));
            }
            read.ifPresent(found -> {
                request.mask(found.mask());
                if (!found.remark().isEmpty()) {
                    remarks.add(found.remark());
                }
            });
            if (route == Route.VARIATIONS) {
                wordsOf(images.get(0), can);
            }
        }

        /** A generator that needs words gets those that the picture was made with. */
        private void wordsOf(ImageInput picture, Optional<Capabilities> can) {
            boolean needsWords = can.map(known -> !known.operations().contains(Operation.VARIATION))
                    .orElse(false);
            if (!needsWords) {
                return;
            }
            String words = PictureSettings.read(picture.bytes())
                    .map(settings -> settings.request().path("prompt").asText())
                    .orElse("");
            if (words.isBlank()) {
                throw new HttpFailure(
                        400,
                        "unsupported",
                        "this generator varies a picture by its words, and this picture carries none; images/edits takes"
                                + " a prompt",
                        "image");
            }
            request.prompt(words);
            remarks.add("the picture was varied by the words that it carries");
        }
    }
}
