package dev.triptych.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.GenerationContext;
import dev.triptych.GenerationWarning;
import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.InputRole;
import dev.triptych.NegotiationMode;
import dev.triptych.Outcome;
import dev.triptych.UnsupportedRequestException;
import dev.triptych.media.ImageHeader;
import dev.triptych.testkit.TestPictures;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.HexFormat;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

/** Edits and variations: the form that is sent, and what becomes of inputs and mask on the way. */
class EditsTest extends AgainstWireMock {

    private static final ImageInput PNG = ImageInput.of(TestPictures.png(8, 8, Color.GRAY));
    private static final ImageInput JPEG = ImageInput.of(TestPictures.jpeg(8, 8, Color.GRAY));

    @Test
    void sendsOneInputAsImage() {
        answer("openai/edit.json");
        ImageRequest request = ImageRequest.builder()
                .prompt("make it blue")
                .input(PNG)
                .size(1024, 1024)
                .quality("medium")
                .build();

        ImageResult result = openai().build().generate(request);

        assertThat(sent().getUrl()).isEqualTo("/v1/images/edits");
        assertThat(sent().getHeader("Content-Type")).startsWith("multipart/form-data; boundary=");
        assertThat(sentForm())
                .containsExactly(
                        "image; image-1.png; image/png",
                        "model=gpt-image-2.6-flare",
                        "n=1",
                        "prompt=make it blue",
                        "quality=medium",
                        "size=1024x1024");
        assertThat(sentFile("image")).isEqualTo(PNG.bytes());
        assertThat(result.image().bytes()).isEqualTo(Fixtures.marked(Fixtures.picture("openai/edit.json", 0)));
        assertThat(result.warnings()).isEmpty();
    }

    @Test
    void sendsSeveralInputsAsAListInOrder() {
        answer("openai/edit.json");
        ImageRequest request = ImageRequest.builder()
                .prompt("join them")
                .input(JPEG)
                .input(PNG)
                .option("openai.input-fidelity", "high")
                .build();

        openai().model("gpt-image-1.5").build().generate(request);

        assertThat(sentForm())
                .containsExactly(
                        "image[]; image-1.jpg; image/jpeg",
                        "image[]; image-2.png; image/png",
                        "input_fidelity=high",
                        "model=gpt-image-1.5",
                        "n=1",
                        "prompt=join them");
    }

    @Test
    void sendsWhatIsOnlyReferredToAsAPictureToEdit() {
        answer("openai/edit.json");

        openai().build()
                .generate(ImageRequest.builder()
                        .prompt("paint this cup")
                        .input(JPEG.as(InputRole.REFERENCE))
                        .build());

        assertThat(sent().getUrl()).isEqualTo("/v1/images/edits");
        assertThat(sentForm()).contains("image; image-1.jpg; image/jpeg");
    }

    @Test
    void sendsWhatIsOnlyReferredToBehindWhatIsEdited() {
        answer("openai/edit.json");

        openai().build()
                .generate(ImageRequest.builder()
                        .prompt("join them")
                        .input(JPEG.as(InputRole.REFERENCE))
                        .input(PNG)
                        .build());

        assertThat(sentForm()).contains("image[]; image-1.png; image/png", "image[]; image-2.jpg; image/jpeg");
    }

    @Test
    void refusesPicturesThatSteerBeforeAnythingIsSent() {
        ImageRequest request = ImageRequest.builder()
                .prompt("a fox")
                .input(PNG.as(InputRole.CONTROL).named("canny"))
                .build();

        assertThatThrownBy(() -> openai().build().generate(request))
                .isInstanceOf(UnsupportedRequestException.class)
                .hasMessage("inputs must have one of the roles [REFERENCE, START] but one had role CONTROL");
    }

    @Test
    void turnsTheMaskRoundSoThatWhiteIsRepainted() throws IOException {
        answer("openai/edit.json");
        BufferedImage mask = TestPictures.plain(8, 8, Color.BLACK);
        mask.setRGB(2, 3, Color.WHITE.getRGB());
        mask.setRGB(4, 4, new Color(100, 100, 100).getRGB());
        mask.setRGB(5, 5, new Color(200, 200, 200).getRGB());
        ImageRequest request = ImageRequest.builder()
                .prompt("a hat")
                .input(PNG)
                .mask(ImageInput.of(TestPictures.encode(mask, "png")))
                .build();

        ImageResult result = openai().build().generate(request);

        BufferedImage sentMask = ImageIO.read(new ByteArrayInputStream(sentFile("mask")));
        assertThat(sentMask.getRGB(2, 3) >>> 24).as("white: repaint").isZero();
        assertThat(sentMask.getRGB(5, 5) >>> 24).as("light grey: repaint").isZero();
        assertThat(sentMask.getRGB(0, 0) >>> 24).as("black: keep").isEqualTo(255);
        assertThat(sentMask.getRGB(4, 4) >>> 24).as("dark grey: keep").isEqualTo(255);
        assertThat(sentForm()).contains("mask; mask.png; image/png");
        assertThat(result.warnings()).isEmpty();
    }

    @Test
    void takesWhatIsOpaqueInAMaskWithTransparencyForWhatIsRepainted() throws IOException {
        answer("openai/edit.json");
        BufferedImage mask = new BufferedImage(8, 8, BufferedImage.TYPE_INT_ARGB);
        mask.setRGB(1, 1, 0xff000000);
        ImageRequest request = ImageRequest.builder()
                .prompt("a hat")
                .input(PNG)
                .mask(ImageInput.of(TestPictures.encode(mask, "png")))
                .build();

        openai().build().generate(request);

        BufferedImage sentMask = ImageIO.read(new ByteArrayInputStream(sentFile("mask")));
        assertThat(sentMask.getRGB(1, 1) >>> 24).as("opaque: repaint").isZero();
        assertThat(sentMask.getRGB(0, 0) >>> 24).as("transparent: keep").isEqualTo(255);
    }

    @Test
    void scalesAMaskToTheInputWithAWarning() {
        answer("openai/edit.json");
        ImageRequest request = ImageRequest.builder()
                .prompt("a hat")
                .input(PNG)
                .mask(ImageInput.of(TestPictures.mask(4, 4)))
                .build();

        ImageResult result = openai().build().generate(request);

        assertThat(ImageHeader.read(sentFile("mask"))).isEqualTo(new ImageHeader("image/png", 8, 8));
        assertThat(result.warnings())
                .containsExactly(
                        GenerationWarning.adapted("mask", "mask must be 8x8 as the input but was 4x4; it was scaled"));
    }

    @Test
    void convertsAFormatThatTheModelDoesNotRead() {
        answer("openai/edit.json");
        ImageInput bmp = ImageInput.of(TestPictures.encode(TestPictures.plain(8, 8, Color.GRAY), "bmp"));

        ImageResult result = openai().build()
                .generate(ImageRequest.builder().prompt("blue").input(bmp).build());

        assertThat(ImageHeader.read(sentFile("image"))).isEqualTo(new ImageHeader("image/png", 8, 8));
        assertThat(result.warnings())
                .containsExactly(GenerationWarning.adapted(
                        "inputs[0]",
                        "inputs[0] must be one of [image/jpeg, image/png, image/webp] but was image/bmp; it was"
                                + " converted to image/png"));
    }

    @Test
    void refusesToConvertWhenStrict() {
        ImageInput bmp = ImageInput.of(TestPictures.encode(TestPictures.plain(8, 8, Color.GRAY), "bmp"));
        ImageRequest request = ImageRequest.builder().prompt("blue").input(bmp).build();
        GenerationContext strict =
                GenerationContext.builder().negotiation(NegotiationMode.STRICT).build();

        assertThatThrownBy(() -> openai().build().generate(request, strict))
                .isInstanceOfSatisfying(
                        UnsupportedRequestException.class,
                        error -> assertThat(error.outcome()).isEqualTo(Outcome.NOT_SENT));
        assertThat(server().getAllServeEvents()).isEmpty();
    }

    @Test
    void givesDallE2ASquarePngWithAlpha() throws IOException {
        answer("openai/edit.json");
        ImageInput wide = ImageInput.of(TestPictures.jpeg(8, 4, Color.GRAY));
        ImageRequest request = ImageRequest.builder()
                .prompt("a hat")
                .input(wide)
                .mask(ImageInput.of(TestPictures.mask(8, 4)))
                .build();

        ImageResult result = openai().model("dall-e-2").build().generate(request);

        BufferedImage image = ImageIO.read(new ByteArrayInputStream(sentFile("image")));
        assertThat(image.getWidth()).isEqualTo(8);
        assertThat(image.getHeight()).isEqualTo(8);
        assertThat(image.getRGB(0, 0) >>> 24).as("added edge").isZero();
        assertThat(image.getRGB(0, 4) >>> 24).as("picture").isEqualTo(255);
        BufferedImage mask = ImageIO.read(new ByteArrayInputStream(sentFile("mask")));
        assertThat(mask.getRGB(0, 0) >>> 24).as("added edge: keep").isEqualTo(255);
        assertThat(mask.getRGB(0, 4) >>> 24).as("white: repaint").isZero();
        assertThat(result.warnings())
                .extracting(GenerationWarning::message)
                .contains(
                        "inputs[0] must be one of [image/png] but was image/jpeg; it was converted to image/png",
                        "inputs[0] must be square but was 8x4; transparent edges were added");
    }

    @Test
    void scalesAnInputDownUntilItsFileIsSmallEnough() {
        answer("openai/edit.json");
        BufferedImage noise = new BufferedImage(1200, 1200, BufferedImage.TYPE_INT_RGB);
        Random random = new Random(7);
        for (int y = 0; y < 1200; y++) {
            for (int x = 0; x < 1200; x++) {
                noise.setRGB(x, y, random.nextInt(0x1000000));
            }
        }
        ImageInput large = ImageInput.of(TestPictures.encode(noise, "png"));

        ImageResult result = openai().model("dall-e-2")
                .build()
                .generate(ImageRequest.builder().prompt("blue").input(large).build());

        assertThat(large.bytes().length).isGreaterThan(4_000_000);
        assertThat(sentFile("image").length).isLessThanOrEqualTo(4_000_000);
        ImageHeader header = ImageHeader.read(sentFile("image"));
        assertThat(header.width()).isEqualTo(header.height()).isLessThan(1200);
        assertThat(result.warnings())
                .filteredOn(warning -> warning.field().equals("inputs[0]"))
                .extracting(GenerationWarning::message)
                .containsExactly("inputs[0] must be at most 4000000 bytes; it was scaled from 1200x1200 to "
                        + header.width() + "x" + header.height());
    }

    @Test
    void asksForAVariationWhereThereIsAnInputAndNoPrompt() {
        answer("openai/generation-of-two.json");
        ImageRequest request = ImageRequest.builder().input(PNG).count(2).build();

        openai().model("dall-e-2").build().generate(request);

        assertThat(sent().getUrl()).isEqualTo("/v1/images/variations");
        assertThat(sentForm())
                .containsExactly("image; image-1.png; image/png", "model=dall-e-2", "n=2", "response_format=b64_json");
    }

    @Test
    void refusesAVariationWhereTheModelHasNone() {
        ImageRequest request = ImageRequest.builder().input(PNG).build();

        assertThatThrownBy(() -> openai().build().generate(request))
                .isInstanceOf(UnsupportedRequestException.class)
                .hasMessage("operation must be one of [IMAGE_TO_IMAGE, INPAINTING, TEXT_TO_IMAGE] but was VARIATION");
    }

    @Test
    void refusesAMaskWithoutAPrompt() {
        ImageRequest request = ImageRequest.builder()
                .input(PNG)
                .mask(ImageInput.of(TestPictures.mask(8, 8)))
                .build();

        assertThatThrownBy(() -> openai().build().generate(request))
                .isInstanceOf(UnsupportedRequestException.class)
                .hasMessage("prompt must say what to paint but was empty");
    }

    @Test
    void refusesAMaskForAnAnimatedGif() {
        ImageRequest request = ImageRequest.builder()
                .prompt("a hat")
                .input(PNG)
                .mask(ImageInput.of(TestPictures.mask(8, 8)))
                .outputFormat("gif")
                .build();

        assertThatThrownBy(() -> openai().build().generate(request))
                .isInstanceOf(UnsupportedRequestException.class)
                .hasMessage("mask must not be given with outputFormat gif but was");
    }

    /** Stored lying on its side, 24 wide and 16 high with EXIF orientation 6: 16 wide for whoever looks at it. */
    private static byte[] lying() {
        byte[] jpeg = TestPictures.jpeg(24, 16, Color.GRAY);
        byte[] exif =
                HexFormat.of().parseHex("ffe1002245786966000049492a0008000000010012010300010000000600000000000000");
        byte[] turned = new byte[jpeg.length + exif.length];
        System.arraycopy(jpeg, 0, turned, 0, 2);
        System.arraycopy(exif, 0, turned, 2, exif.length);
        System.arraycopy(jpeg, 2, turned, 2 + exif.length, jpeg.length - 2);
        return turned;
    }

    @Test
    void sendsAPhotoUprightWithItsMaskWhereItBelongs() throws IOException {
        answer("openai/edit.json");
        BufferedImage mask = TestPictures.plain(16, 24, Color.BLACK);
        mask.setRGB(3, 20, Color.WHITE.getRGB());
        ImageRequest request = ImageRequest.builder()
                .prompt("a hat")
                .input(ImageInput.of(lying()))
                .mask(ImageInput.of(TestPictures.encode(mask, "png")))
                .build();

        ImageResult result = openai().build().generate(request);

        assertThat(ImageHeader.read(sentFile("image"))).isEqualTo(new ImageHeader("image/png", 16, 24));
        BufferedImage sentMask = ImageIO.read(new ByteArrayInputStream(sentFile("mask")));
        assertThat(sentMask.getWidth()).isEqualTo(16);
        assertThat(sentMask.getRGB(3, 20) >>> 24).isZero();
        assertThat(sentMask.getRGB(4, 20) >>> 24).isEqualTo(255);
        assertThat(result.warnings())
                .containsExactly(GenerationWarning.notice(
                        "inputs[0]",
                        "inputs[0] was turned upright as its EXIF orientation 6 says, since servers differ in reading"
                                + " that"));
    }

    /** Java reads grey as linear light and lightens it: 100 would become 168 and be repainted. */
    @Test
    void takesTheSamplesOfAGreyMaskAsTheyAreStored() throws IOException {
        answer("openai/edit.json");
        BufferedImage grey = new BufferedImage(8, 8, BufferedImage.TYPE_BYTE_GRAY);
        for (int x = 0; x < 8; x++) {
            for (int y = 0; y < 8; y++) {
                grey.getRaster().setSample(x, y, 0, x < 4 ? 100 : 200);
            }
        }
        ImageRequest request = ImageRequest.builder()
                .prompt("a hat")
                .input(PNG)
                .mask(ImageInput.of(TestPictures.encode(grey, "png")))
                .build();

        openai().build().generate(request);

        BufferedImage sentMask = ImageIO.read(new ByteArrayInputStream(sentFile("mask")));
        assertThat(sentMask.getRGB(0, 0) >>> 24).as("100: keep").isEqualTo(255);
        assertThat(sentMask.getRGB(7, 0) >>> 24).as("200: repaint").isZero();
    }

    @Test
    void convertsAGreyPictureToItsOwnSamples() throws IOException {
        answer("openai/edit.json");
        BufferedImage grey = new BufferedImage(8, 4, BufferedImage.TYPE_BYTE_GRAY);
        for (int i = 0; i < 32; i++) {
            grey.getRaster().setSample(i % 8, i / 8, 0, 100);
        }
        ImageInput input = ImageInput.of(TestPictures.encode(grey, "png"));

        openai().model("dall-e-2")
                .build()
                .generate(ImageRequest.builder().prompt("a hat").input(input).build());

        BufferedImage sent = ImageIO.read(new ByteArrayInputStream(sentFile("image")));
        assertThat(sent.getRGB(0, 4)).isEqualTo(0xff646464);
        assertThat(sent.getRGB(0, 0) >>> 24).as("added edge").isZero();
    }
}
