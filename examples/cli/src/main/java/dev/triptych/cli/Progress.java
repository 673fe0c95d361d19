package dev.triptych.cli;

import dev.triptych.Cancellation;
import dev.triptych.GeneratedImage;
import dev.triptych.GenerationContext;
import dev.triptych.GenerationEvent;
import dev.triptych.GenerationListener;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.ImageSize;
import dev.triptych.ImageUpscaler;
import dev.triptych.PromptRewriter;
import dev.triptych.diffusion.Explanation;
import dev.triptych.diffusion.LocalDiffusionGenerator;
import java.io.PrintWriter;
import java.util.Optional;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/**
 * A bar with steps and time left on a terminal; when the output is piped nothing at all, but for long downloads. Not
 * thread-safe.
 */
final class Progress implements GenerationListener {

    private final boolean visible;
    private final boolean quiet;
    private final PrintWriter err;
    private final DownloadProgress download;
    private String task = "painting";
    private Optional<GenerationListener> other = Optional.empty();
    private @Nullable ProgressBar bar;

    private Progress(boolean quiet, PrintWriter err) {
        this.visible = !quiet && Boolean.getBoolean("triptych.terminal");
        this.quiet = quiet;
        this.err = err;
        this.download = new DownloadProgress(visible, err);
    }

    /** A bar on {@code err}, if a person looks at it and did not ask for quiet. */
    static Progress on(PrintWriter err, boolean quiet) {
        return new Progress(quiet, err);
    }

    /** Hands every event on to {@code listener} as well. */
    void alsoTell(GenerationListener listener) {
        other = Optional.of(listener);
    }

    /** Says of which picture the progress is that is shown from now on; {@code ""} = of all. */
    void of(String which) {
        task = "painting" + (which.isEmpty() ? "" : " " + which);
    }

    /** Makes the pictures of {@code request} and shows how far it is. */
    ImageResult generate(ImageGenerator generator, ImageRequest request, Cancellation cancellation) {
        return generate(generator, request, GenerationContext.builder().cancellation(cancellation));
    }

    /** Tells how the picture of {@code request} comes to be and shows how far it is. */
    Explanation explain(LocalDiffusionGenerator generator, ImageRequest request, Cancellation cancellation) {
        try {
            return generator.explain(
                    request,
                    GenerationContext.builder()
                            .cancellation(cancellation)
                            .listener(this)
                            .build());
        } finally {
            takeAway();
        }
    }

    /** Makes {@code picture} larger and shows how far it is. */
    GeneratedImage upscale(
            ImageUpscaler upscalers, ImageInput picture, ImageSize size, String upscaler, Cancellation cancellation) {
        task = "upscaling";
        try {
            return upscalers.upscale(
                    picture,
                    size,
                    upscaler,
                    GenerationContext.builder()
                            .cancellation(cancellation)
                            .listener(this)
                            .build());
        } finally {
            takeAway();
        }
    }

    /** The same for a request whose prompt is taken as it is, since it was rewritten before where that was wanted. */
    ImageResult replay(ImageGenerator generator, ImageRequest request, Cancellation cancellation) {
        return generate(
                generator,
                request,
                GenerationContext.builder()
                        .cancellation(cancellation)
                        .attach(PromptRewriter.class, PromptRewriter.none()));
    }

    private ImageResult generate(ImageGenerator generator, ImageRequest request, GenerationContext.Builder context) {
        try {
            return generator.generate(request, context.listener(this).build());
        } finally {
            takeAway();
        }
    }

    @Override
    public void onEvent(GenerationEvent event) {
        other.ifPresent(listener -> listener.onEvent(event));
        if (event instanceof GenerationEvent.Downloading file) {
            if (!quiet) {
                download.show(file);
            }
            return;
        }
        download.takeAway();
        if (!visible) {
            return;
        }
        if (event instanceof GenerationEvent.Progress progress) {
            bar(progress.total()).stepTo(progress.step());
        } else if (event instanceof GenerationEvent.Queued queued) {
            err.println("waiting, " + queued.position() + " before this one");
        } else if (event instanceof GenerationEvent.Retrying retrying) {
            err.println("trying again in " + retrying.delay().toSeconds() + " s: "
                    + retrying.cause().getMessage());
        } else if (event instanceof GenerationEvent.FallingBack falling) {
            err.println(falling.from().name() + " could not: " + falling.cause().getMessage() + "; trying "
                    + falling.to().name());
        }
    }

    private ProgressBar bar(int total) {
        if (bar == null) {
            bar = new ProgressBarBuilder()
                    .setTaskName(task)
                    .setInitialMax(total)
                    .setStyle(ProgressBarStyle.ASCII)
                    .setUpdateIntervalMillis(100)
                    .clearDisplayOnFinish()
                    .build();
        }
        return bar;
    }

    private void takeAway() {
        download.takeAway();
        if (bar != null) {
            bar.close();
            bar = null;
        }
    }
}
