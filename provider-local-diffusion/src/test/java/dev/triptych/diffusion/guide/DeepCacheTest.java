package dev.triptych.diffusion.guide;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.guide.Denoiser.Moment;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DeepCacheTest {

    private final StringBuilder made = new StringBuilder();

    /** Writes W for a whole evaluation, s for a shallow one; what is deep is the timestep it was computed at. */
    private final DeepDenoiser network = new DeepDenoiser() {
        @Override
        public Whole whole(float[] input, Moment moment, Conditioning text, Cancellation cancellation) {
            made.append('W');
            return new Whole(
                    new float[] {moment.timestep()}, new Tensor(new long[] {1}, new float[] {moment.timestep()}));
        }

        @Override
        public float[] shallow(
                Tensor deep, float[] input, Moment moment, Conditioning text, Cancellation cancellation) {
            made.append('s');
            return deep.values();
        }
    };

    @Test
    void computesAllAtEverySoManyStepsAndKeepsTheDeepPartBetween() {
        float[] timesteps = {9, 8, 7, 6, 5, 4, 3};

        float[] answers = run(new DeepCache(network, 3, new DeepCache.Loop(timesteps, 0, 0)), timesteps, 0);

        assertThat(made).hasToString("WssWssW");
        assertThat(answers).containsExactly(9, 9, 9, 6, 6, 6, 3);
    }

    @Test
    void countsAStepByTheFirstPlaceOfItsTimestep() {
        float[] timesteps = {9, 8, 8, 7, 6, 5}; // PNDM

        run(new DeepCache(network, 2, new DeepCache.Loop(timesteps, 0, 0)), timesteps, 0);

        assertThat(made).hasToString("WsssWs");
    }

    @Test
    void countsFromTheFirstStepThatIsMade() {
        float[] timesteps = {9, 8, 7, 6, 5, 4};

        run(new DeepCache(network, 2, new DeepCache.Loop(timesteps, 3, 0)), timesteps, 3);

        assertThat(made).hasToString("WsW");
    }

    @Test
    void computesAllWhereGuidanceSetsInAndCountsFromThere() {
        float[] timesteps = {9, 8, 7, 6, 5, 4};

        run(new DeepCache(network, 3, new DeepCache.Loop(timesteps, 0, 2)), timesteps, 0);

        assertThat(made).hasToString("WsWssW");
    }

    private static float[] run(DeepCache cache, float[] timesteps, int first) {
        float[] answers = new float[timesteps.length];
        Conditioning text = Conditioning.of(Map.of());
        for (int call = first; call < timesteps.length; call++) {
            Moment moment = new Moment(call, timesteps.length, timesteps[call]);
            answers[call] = cache.predict(new float[1], moment, text, new Cancellation())[0];
        }
        return answers;
    }
}
