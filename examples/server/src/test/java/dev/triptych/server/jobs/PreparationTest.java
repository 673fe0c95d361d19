package dev.triptych.server.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.Capabilities;
import dev.triptych.GenerationContext;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.ModelLoadException;
import dev.triptych.testkit.FaultyGenerator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class PreparationTest {

    private final FaultyGenerator first = FaultyGenerator.named("first");
    private final FaultyGenerator second = FaultyGenerator.named("second");

    @Test
    void loadsTheDefaultGeneratorAndNoOther() {
        Preparation.start(Generators.of(Map.of("first", first, "second", second), "first"))
                .await();

        assertThat(first.prepareCount()).isEqualTo(1);
        assertThat(second.prepareCount()).isZero();
    }

    @Test
    void leavesAGeneratorOfAnotherMachineAlone() {
        Preparation.start(with(new GeneratorInfo("first", "openai", "m", "", false), first::prepare))
                .await();

        assertThat(first.prepareCount()).isZero();
    }

    @Test
    void aModelThatCannotBeLoadedStopsNobody() {
        Preparation.start(with(first.info(), context -> {
                    throw new ModelLoadException("model must be a folder but is none");
                }))
                .await();
    }

    @Test
    void closingStopsIt() {
        CountDownLatch begun = new CountDownLatch(1);
        Preparation preparation = Preparation.start(with(first.info(), context -> {
            begun.countDown();
            CountDownLatch stopped = new CountDownLatch(1);
            context.cancellation().onCancel(stopped::countDown);
            await(stopped);
        }));
        await(begun);

        preparation.close();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Generators with(GeneratorInfo info, Consumer<GenerationContext> prepare) {
        Map<String, ImageGenerator> generators = new LinkedHashMap<>();
        generators.put("first", new Preparable(first, info, prepare));
        return Generators.of(generators, "first");
    }

    /** Another generator in all but who it is and how it is prepared. */
    private record Preparable(ImageGenerator inner, GeneratorInfo info, Consumer<GenerationContext> prepared)
            implements ImageGenerator {

        @Override
        public void prepare(GenerationContext context) {
            prepared.accept(context);
        }

        @Override
        public ImageResult generate(ImageRequest request, GenerationContext context) {
            return inner.generate(request, context);
        }

        @Override
        public Capabilities capabilities() {
            return inner.capabilities();
        }

        @Override
        public void close() {
            inner.close();
        }
    }
}
