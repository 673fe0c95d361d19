package dev.triptych.diffusion;

import dev.triptych.GenerationContext;
import dev.triptych.GenerationEvent;
import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.checkpoint.BundledCheckpoint;
import dev.triptych.diffusion.checkpoint.Checkpoint;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.Residence;
import dev.triptych.diffusion.engine.Shape;
import dev.triptych.diffusion.family.ConvolutionForm;
import dev.triptych.diffusion.family.Family;
import dev.triptych.diffusion.family.Family.Load;
import dev.triptych.diffusion.family.Notices;
import dev.triptych.diffusion.network.clip.SafetyChecker;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The models of one generator, read from their configs: a family, and where there is one its refiner. Immutable,
 * thread-safe.
 *
 * @param family the model that begins a picture
 * @param refiner the model that finishes it
 * @param adapters what requests may put over the model that begins
 * @param controls what steers it by pictures of requests
 * @param enlargers what enlarges pixels between two passes
 * @param safetyChecker looks at finished pictures, where the settings ask for it
 * @param revision a hash that changes with anything that changes the pictures
 * @param engine runs their networks
 */
record Models(
        Family family,
        Optional<Family> refiner,
        Adapters adapters,
        Controls controls,
        Enlargers enlargers,
        Optional<SafetyChecker> safetyChecker,
        String revision,
        Engine engine) {

    /**
     * Reads what {@code files} hold: configs, tokenizers, and headers of weights.
     *
     * @param adapters what requests may put over the model
     * @param controls what steers it by pictures of requests
     * @param enlargers what enlarges pixels between two passes
     * @throws ModelLoadException if a file is missing, damaged, or of a kind that is not supported
     */
    static Models open(LocalFiles files, Adapters adapters, Controls controls, Enlargers enlargers, Engine engine) {
        Checkpoint checkpoint = Checkpoint.open(files.checkpoint(), files.components(), files.singleFileOptions());
        Family family = Family.of(checkpoint, engine);
        Optional<SafetyChecker> safetyChecker =
                files.settings().safetyChecker() ? Optional.of(SafetyChecker.open(checkpoint)) : Optional.empty();
        Optional<Family> refiner =
                files.refiner().map(folder -> Family.of(Checkpoint.open(folder, files.refinerComponents()), engine));
        refiner.ifPresent(second -> requireSameLatents(family, second));
        String revision = bundledRevision(files.settings())
                .orElseGet(() -> family.revision()
                        + refiner.map(Family::revision).orElse("")
                        + safetyChecker.map(SafetyChecker::fingerprint).orElse(""));
        return new Models(family, refiner, adapters, controls, enlargers, safetyChecker, revision, engine);
    }

    /** The bundled checkpoint's revision is its manifest's hash, which is known without a look at its files. */
    static Optional<String> bundledRevision(LocalSettings settings) {
        return settings.isPlainBundled()
                ? BundledCheckpoint.manifest().map(BundledCheckpoint.Manifest::sha256)
                : Optional.empty();
    }

    private static void requireSameLatents(Family family, Family refiner) {
        if (!family.splitsDenoising() || !family.latents().equals(refiner.latents())) {
            throw new ModelLoadException("refiner " + refiner.model()
                    + " must go on with the latents of its base model but " + family.model() + " is of another family");
        }
    }

    /**
     * Reads requests to these models.
     *
     * @param previewEvery previews where a request does not say; 0 = none
     */
    RequestReader reader(int previewEvery) {
        return new RequestReader(family, refiner, adapters, controls, enlargers, previewEvery);
    }

    /** Tells what is worth knowing about the checkpoints themselves. */
    void tellRemarks(Notices notices) {
        family.remarks().stream()
                .filter(remark -> safetyChecker.isEmpty() || !remark.equals(SafetyChecker.NOT_RUN))
                .forEach(remark -> notices.notice("model", remark));
        refiner.ifPresent(second -> second.remarks().forEach(remark -> notices.notice("refiner", remark)));
    }

    /**
     * Decides how the networks of {@code job} lie in memory, and loads what it needs first, telling the listener: all
     * of them where they stay.
     *
     * @return the decision
     * @throws dev.triptych.UnsupportedRequestException if memory does not suffice
     * @throws ModelLoadException if something cannot be loaded
     */
    Residence load(PictureJob job, GenerationContext context) {
        List<List<Load>> phases = phases(job);
        job.secondPass().ifPresent(second -> phases.addAll(phases(second.job())));
        safetyChecker.ifPresent(checker -> phases.add(List.of(new Load(checker.network(), Shape.none()))));
        List<List<Engine.Use>> uses = phases.stream()
                .map(phase -> phase.stream()
                        .map(load -> new Engine.Use(load.network(), load.shape()))
                        .toList())
                .toList();
        Residence residence = engine.plan(
                job.convolution().map(form -> form == ConvolutionForm.DIRECT), uses, context.cancellation());
        load(
                residence.releases()
                        ? phases.get(0)
                        : phases.stream().flatMap(List::stream).toList(),
                context);
        return residence;
    }

    private void load(List<Load> loads, GenerationContext context) {
        for (int i = 0; i < loads.size(); i++) {
            Load load = loads.get(i);
            if (engine.prepare(load.network(), load.shape(), context.cancellation())) {
                context.emit(new GenerationEvent.Loading(load.network().label(), (i + 1.0) / loads.size()));
            }
        }
    }

    /** The networks that are needed at the same time: for the texts, for each stage's loop, and for the pixels. */
    private static List<List<Load>> phases(PictureJob job) {
        List<Load> before = new ArrayList<>();
        List<List<Load>> phases = new ArrayList<>();
        phases.add(before);
        Rendering rendering = job.rendering();
        int last = job.isCascade() ? 0 : job.stages().size() - 1; // a cascade is one family
        for (int i = 0; i <= last; i++) {
            PictureJob.Stage stage = job.stages().get(i);
            stage.family().open();
            boolean encodes = i == 0 && job.start().isPresent() && !rendering.tiled();
            List<Load> loads = stage.family().loads(stage.prompt(), rendering.seen(job.latents()), encodes, false);
            Map<Boolean, List<Load>> parts = loads.stream()
                    .collect(Collectors.partitioningBy(load -> load.network().runsEachStep()));
            before.addAll(parts.getOrDefault(false, List.of()));
            phases.add(parts.getOrDefault(true, List.of()));
        }
        phases.add(rendering.decoder().decoderLoads(job.latents()));
        return phases;
    }
}
