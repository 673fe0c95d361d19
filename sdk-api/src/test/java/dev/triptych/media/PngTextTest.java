package dev.triptych.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.testkit.TestPictures;
import java.awt.Color;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.DeflaterOutputStream;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.metadata.IIOMetadata;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

class PngTextTest {

    private static final byte[] PNG = TestPictures.png(3, 2, Color.ORANGE);

    @Test
    void readsBackWhatItWrote() {
        Map<String, String> text = new LinkedHashMap<>();
        text.put("parameters", "a café\nSteps: 20");
        text.put("Title", "雪のキツネ 🦊");

        byte[] png = PngText.with(PNG, text);

        assertThat(PngText.read(png)).containsExactlyEntriesOf(text);
    }

    @Property(seed = "3", tries = 200)
    void readsBackAnyText(@ForAll @StringLength(max = 40) String text) {
        String wellFormed = new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8).replace("\0", "");

        assertThat(PngText.read(PngText.with(PNG, Map.of("k", wellFormed)))).containsEntry("k", wellFormed);
        assertThat(PngText.read(PngText.withUtf8(PNG, Map.of("k", wellFormed)))).containsEntry("k", wellFormed);
    }

    @Test
    void writesLatin1AsTextAndOtherTextAsInternationalText() {
        assertThat(types(PngText.with(PNG, Map.of("k", "café")))).containsExactly("IHDR", "tEXt", "IDAT", "IEND");
        assertThat(types(PngText.with(PNG, Map.of("k", "雪")))).containsExactly("IHDR", "iTXt", "IDAT", "IEND");
        assertThat(types(PngText.withUtf8(PNG, Map.of("k", "plain")))).containsExactly("IHDR", "iTXt", "IDAT", "IEND");
    }

    @Test
    void writesWhatOtherReadersRead() throws IOException {
        byte[] png = PngText.with(PNG, Map.of("parameters", "a café"));

        ImageReader reader = ImageIO.getImageReadersByFormatName("png").next();
        reader.setInput(ImageIO.createImageInputStream(new ByteArrayInputStream(png)));
        IIOMetadata metadata = reader.getImageMetadata(0);
        NodeList entries = ((Element) metadata.getAsTree("javax_imageio_png_1.0")).getElementsByTagName("tEXtEntry");

        Element entry = (Element) entries.item(0);
        assertThat(entry.getAttribute("keyword")).isEqualTo("parameters");
        assertThat(entry.getAttribute("value")).isEqualTo("a café");
    }

    @Test
    void replacesTextOfTheSameKeywordAndKeepsTheRest() {
        byte[] first = PngText.with(PNG, Map.of("a", "1"));
        byte[] both = PngText.with(first, Map.of("b", "2"));

        byte[] replaced = PngText.with(both, Map.of("a", "雪"));

        assertThat(PngText.read(replaced)).containsOnly(Map.entry("a", "雪"), Map.entry("b", "2"));
    }

    @Test
    void leavesEveryPixelByteAlone() throws IOException {
        byte[] png = PngText.with(PNG, Map.of("a", "1"));

        assertThat(png).hasSize(PNG.length + 12 + 3);
        assertThat(ImageIO.read(new ByteArrayInputStream(png)).getRGB(2, 1)).isEqualTo(Color.ORANGE.getRGB());
    }

    @Test
    void readsCompressedText() {
        byte[] zipped = zip("schnörkel".getBytes(StandardCharsets.ISO_8859_1));
        byte[] international = zip("雪".getBytes(StandardCharsets.UTF_8));

        byte[] png = insert(
                PngChunk.of("zTXt", concat("z\0\0".getBytes(StandardCharsets.ISO_8859_1), zipped)),
                PngChunk.of("iTXt", concat("i\0\1\0ja\0\0".getBytes(StandardCharsets.ISO_8859_1), international)));

        assertThat(PngText.read(png)).containsExactly(Map.entry("z", "schnörkel"), Map.entry("i", "雪"));
    }

    @Test
    void stopsADecompressionBomb() {
        byte[] bomb = zip(new byte[PngText.MAX_TEXT_BYTES + 1]);
        byte[] png = insert(PngChunk.of("zTXt", concat("z\0\0".getBytes(StandardCharsets.ISO_8859_1), bomb)));

        assertThat(bomb).hasSizeLessThan(100_000);
        assertThatThrownBy(() -> PngText.read(png)).hasMessage("PNG text must be at most 16777216 bytes but is more");
    }

    @Test
    void saysWhatIsWrongWithADamagedFile() {
        byte[] altered = PNG.clone();
        altered[17] ^= 1;
        byte[] cutZip = insert(PngChunk.of("zTXt", new byte[] {'z', 0, 0, 0x78}));

        assertThatThrownBy(() -> PngText.read(new byte[] {1, 2, 3}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("picture must be a PNG but its first bytes are of another format");
        assertThatThrownBy(() -> PngText.read(altered)).hasMessage("PNG chunk IHDR at byte 8 has a wrong checksum");
        assertThatThrownBy(() -> PngText.read(Arrays.copyOf(PNG, PNG.length - 3)))
                .hasMessage("PNG must end with an IEND chunk but ends after " + (PNG.length - 3)
                        + " bytes, in the chunk at byte " + (PNG.length - 12));
        assertThatThrownBy(() -> PngText.read(PngChunk.join(List.of(PngChunk.of("IEND", new byte[0])))))
                .hasMessage("PNG must begin with an IHDR chunk but begins with IEND");
        assertThatThrownBy(() -> PngText.read(cutZip)).hasMessage("PNG text of z ends within its compressed data");
        assertThatThrownBy(() -> PngText.read(insert(PngChunk.of("tEXt", new byte[] {'k'}))))
                .hasMessage("PNG chunk tEXt must hold a NUL after its keyword but ends");
    }

    @Test
    void neverFailsOtherwiseOnDamage() {
        byte[] png = PngText.with(PNG, Map.of("a", "1", "b", "雪"));
        for (int length = 0; length < png.length; length++) {
            byte[] cut = Arrays.copyOf(png, length);
            assertThatThrownBy(() -> PngText.read(cut)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void refusesWhatPngDoesNotAllow() {
        assertThatThrownBy(() -> PngText.with(PNG, Map.of(" a", "1")))
                .hasMessage("PNG keyword must be 1 to 79 printable Latin-1 characters but was \" a\"");
        assertThatThrownBy(() -> PngText.with(PNG, Map.of("a", "x\0y")))
                .hasMessage("PNG text of a must not hold a NUL character but does");
    }

    @Test
    void labelsAPictureAsMadeByAModel() {
        byte[] png = XmpPacket.addTo(PNG, DigitalSourceType.TRAINED_ALGORITHMIC_MEDIA);

        assertThat(PngText.read(png).get("XML:com.adobe.xmp"))
                .startsWith("<?xpacket begin=\"\uFEFF\"")
                .contains("<Iptc4xmpExt:DigitalSourceType>http://cv.iptc.org/newscodes/digitalsourcetype/"
                        + "trainedAlgorithmicMedia</Iptc4xmpExt:DigitalSourceType>");
        assertThat(types(png)).containsExactly("IHDR", "iTXt", "IDAT", "IEND");
    }

    private static List<String> types(byte[] png) {
        return PngChunk.all(png).stream().map(PngChunk::type).toList();
    }

    private static byte[] insert(PngChunk... chunks) {
        List<PngChunk> all = new ArrayList<>(PngChunk.all(PNG));
        all.addAll(1, List.of(chunks));
        return PngChunk.join(all);
    }

    private static byte[] zip(byte[] plain) {
        ByteArrayOutputStream zipped = new ByteArrayOutputStream();
        try (DeflaterOutputStream deflater = new DeflaterOutputStream(zipped)) {
            deflater.write(plain);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return zipped.toByteArray();
    }

    private static byte[] concat(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }
}
