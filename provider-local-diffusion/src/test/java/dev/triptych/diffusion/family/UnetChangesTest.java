package dev.triptych.diffusion.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.Cancellation;
import dev.triptych.UnsupportedRequestException;
import dev.triptych.diffusion.GoldenCheckpoints;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.guide.Conditioning;
import dev.triptych.diffusion.network.unet.Unet;
import dev.triptych.diffusion.network.unet.UnetChanges;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A U-Net that computes otherwise, over the weights of a tiny checkpoint of four levels. */
class UnetChangesTest {

    private static final TestNetworks NETWORKS = TestNetworks.open(GoldenCheckpoints.directory("tiny-sd1"));

    @AfterAll
    static void close() {
        NETWORKS.close();
    }

    /** Where what is left out was computed at the same step, nothing is lost: so the cut is in the right place. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 9, 11})
    void aShallowEvaluationWithAFreshDeepPartIsTheWholeOne(int branch) {
        Unet unet = changed(Map.of("local.deep-cache", "2", "local.deep-cache-branch", Integer.toString(branch)));
        Unet.Input input = input(8, Map.of());

        Unet.Whole whole = unet.predictWhole(NETWORKS.engine(), input, new Cancellation());
        float[] shallow =
                unet.shallow().orElseThrow().predictShallow(NETWORKS.engine(), whole.deep(), input, new Cancellation());

        assertThat(whole.prediction()).containsExactly(plain(8), Offset.offset(1e-6f));
        assertThat(shallow).containsExactly(whole.prediction(), Offset.offset(1e-5f));
    }

    @Test
    void theShallowOneHasWeightsOfItsOwnPartAlone() {
        Unet unet = changed(Map.of("local.deep-cache", "2"));

        long whole = unet.graph(Unet.shape(8, 8, 77, 0)).weightBytes();
        long shallow =
                unet.shallow().orElseThrow().graph(Unet.shape(8, 8, 77, 0)).weightBytes();

        assertThat(shallow).isLessThan(whole / 10);
    }

    @Test
    void attentionsAreLeftOutWhenTheEvaluationSaysSo() {
        Unet unet = changed(Map.of("local.pag-scale", "3"));
        Map<String, Tensor> perturbed = Map.of(Conditioning.PERTURBED, new Tensor(new long[] {1}, new float[] {1}));

        assertThat(predict(unet, 16, Map.of())).containsExactly(plain(16));
        assertThat(predict(unet, 16, perturbed)).isNotEqualTo(plain(16));
        // Of 8 × 8 latents one pixel is left at the bottom, which sees itself alone in any case.
        assertThat(predict(unet, 8, perturbed)).containsExactly(plain(8), Offset.offset(1e-5f));
    }

    @Test
    void freeUWithWeightsOfOneChangesNothing() {
        assertThat(predict(changed(Map.of("local.freeu", "1,1,1,1")), 16, Map.of()))
                .containsExactly(plain(16), Offset.offset(1e-5f));
        assertThat(predict(changed(Map.of("local.freeu", "1.5,1.6,0.9,0.2")), 16, Map.of()))
                .isNotEqualTo(plain(16));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "local.freeu | 1,2,3 | option local.freeu: must be four numbers above 0 and at most 20, b1,b2,s1,s2, but was \"1,2,3\"",
                "local.freeu | 1,0,1,1 | option local.freeu: must be four numbers above 0 and at most 20, b1,b2,s1,s2, but was \"1,0,1,1\"",
                "local.pag-layers | top | option local.pag-layers must name self-attentions of the U-Net, such as mid or down_blocks.1, but \"top\" names none",
                "local.pag-layers | mid, | option local.pag-layers: must be names with commas between them but one was empty",
                "local.deep-cache-branch | 12 | option local.deep-cache-branch must be between 0 and 11 but was 12",
            })
    void whatCannotBeIsSaid(String key, String value, String message) {
        Map<String, String> options = new HashMap<>(Map.of("local.pag-scale", "3", "local.deep-cache", "2"));
        options.put(key, value);

        assertThatThrownBy(() -> changed(options))
                .isInstanceOf(UnsupportedRequestException.class)
                .hasMessage(message);
    }

    private static Unet changed(Map<String, String> options) {
        UnetChanges changes = StableDiffusionChanges.read(NETWORKS.unet(), new Options(options));
        return NETWORKS.unet().changed(changes);
    }

    private static float[] plain(int edge) {
        return predict(NETWORKS.unet(), edge, Map.of());
    }

    private static float[] predict(Unet unet, int edge, Map<String, Tensor> more) {
        return unet.predict(NETWORKS.engine(), input(edge, more), new Cancellation());
    }

    private static Unet.Input input(int edge, Map<String, Tensor> more) {
        Map<String, Tensor> conditioning = new HashMap<>(more);
        int width = NETWORKS.unet().config().textWidth();
        conditioning.put("encoder_hidden_states", tensor(new long[] {1, 77, width}, 77 * width));
        return new Unet.Input(tensor(new long[] {1, 4, edge, edge}, 4 * edge * edge), 501, conditioning);
    }

    private static Tensor tensor(long[] shape, int count) {
        Random random = new Random(count);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return new Tensor(shape, values);
    }
}
