package dev.triptych.media;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.GeneratedImage;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageRequest;
import dev.triptych.Provenance;
import dev.triptych.testkit.SignedPictures;
import dev.triptych.testkit.TestPictures;
import java.awt.Color;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ContentCredentialsTest {

    private static final byte[] PNG = TestPictures.png(8, 8, Color.RED);
    private static final byte[] JPEG = TestPictures.jpeg(8, 8, Color.RED);
    private static final ContentCredentials CLAIM = new ContentCredentials(
            SignedPictures.MAKER,
            "fox.png",
            List.of("c2pa.created", "c2pa.converted"),
            "trainedAlgorithmicMedia",
            2,
            "");

    private static byte[] webp(String name) {
        try (InputStream in =
                Objects.requireNonNull(ContentCredentialsTest.class.getResourceAsStream("/pictures/" + name))) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<byte[]> signed() {
        return List.of(
                SignedPictures.png(PNG),
                SignedPictures.jpeg(JPEG, 60_000),
                SignedPictures.jpeg(JPEG, 100),
                SignedPictures.webp(webp("lossy.webp")),
                SignedPictures.webp(webp("xmp8.webp")));
    }

    @ParameterizedTest
    @MethodSource("signed")
    void tellsWhatTheLastManifestClaims(byte[] picture) {
        assertThat(GeneratedImage.of(picture).contentCredentials()).contains(CLAIM);
        assertThat(CLAIM.describe())
                .isEqualTo("content credentials claim: made by Easel 2.1, trainedAlgorithmicMedia"
                        + " (signature not checked)");
    }

    @ParameterizedTest
    @MethodSource("signed")
    void nothingOfOursAltersASignedPicture(byte[] picture) {
        assertThat(XmpPacket.mark(picture, DigitalSourceType.TRAINED_ALGORITHMIC_MEDIA))
                .isEqualTo(picture);
        if (ImageHeader.read(picture).mediaType().equals("image/png")) {
            GeneratorInfo info = new GeneratorInfo("studio", "openai", "m", "", false);
            assertThat(PngText.with(picture, Map.of("parameters", "x"))).isEqualTo(picture);
            assertThat(PngText.withUtf8(picture, Map.of("parameters", "x"))).isEqualTo(picture);
            assertThat(Provenance.stamp(picture, ImageRequest.of("a fox"), info, OptionalLong.of(7)))
                    .isEqualTo(picture);
        }
    }

    @Test
    void otherPicturesCarryNone() {
        List.of(PNG, JPEG, webp("lossy.webp"), webp("xmp8.webp"), new byte[0], new byte[] {1, 2, 3})
                .forEach(picture -> assertThat(ContentCredentials.of(picture)).isEmpty());
    }

    @Test
    void whatCannotBeReadIsThereAllTheSame() {
        byte[] broken = SignedPictures.png(PNG);
        ByteBuffer.wrap(broken).putInt(33 + 8, Integer.MAX_VALUE);

        ContentCredentials found = ContentCredentials.of(broken).orElseThrow();

        assertThat(found.claimGenerator()).isEmpty();
        assertThat(found.describe())
                .startsWith("content credentials that cannot be read (JUMBF box at byte 0 must end");
    }

    @Test
    void boxesThatAreNoManifestSaySo() {
        byte[] picture = SignedPictures.png(PNG, new byte[] {0, 0, 0, 9, 'f', 'r', 'e', 'e', 0});

        assertThat(ContentCredentials.of(picture).orElseThrow().describe())
                .isEqualTo("content credentials that cannot be read (JUMBF must hold a C2PA manifest but holds none)");
    }

    private static boolean isPicture(byte[] bytes) {
        try {
            ImageHeader.read(bytes);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    @ParameterizedTest
    @MethodSource("signed")
    void noDamageMakesItThrow(byte[] picture) {
        Random random = new Random(7);
        for (int end = 0; end < picture.length; end++) {
            ContentCredentials.of(Arrays.copyOf(picture, end));
        }
        for (int i = 0; i < 2000; i++) {
            byte[] damaged = picture.clone();
            for (int flips = 0; flips <= i % 4; flips++) {
                damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
            }
            ContentCredentials.of(damaged).ifPresent(ContentCredentials::describe);
            if (isPicture(damaged)) {
                XmpPacket.mark(damaged, DigitalSourceType.TRAINED_ALGORITHMIC_MEDIA);
            }
        }
    }
}
