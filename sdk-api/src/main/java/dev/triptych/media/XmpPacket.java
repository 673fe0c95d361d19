package dev.triptych.media;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The XMP packet that labels a picture as made by a model: {@code Iptc4xmpExt:DigitalSourceType}, and nothing that
 * changes from one run to the next (XMP specification part 1, section 7; part 3, section 1.1.5 for PNG).
 *
 * <pre>{@code
 * byte[] marked = XmpPacket.mark(jpeg, DigitalSourceType.TRAINED_ALGORITHMIC_MEDIA);
 * }</pre>
 */
public final class XmpPacket {

    /** The keyword under which a PNG carries XMP. */
    public static final String PNG_KEYWORD = "XML:com.adobe.xmp";

    /** Written as an element or as an attribute. */
    private static final Pattern SOURCE_TYPE =
            Pattern.compile("DigitalSourceType[^a-z]{1,3}https?://[^\"'<>]*/(\\w+)[\"'<]");

    private XmpPacket() {}

    /** The packet that says {@code type}. */
    public static String of(DigitalSourceType type) {
        return """
                <?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?>
                <x:xmpmeta xmlns:x="adobe:ns:meta/">
                 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
                  <rdf:Description rdf:about=""
                    xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
                    xmlns:xmp="http://ns.adobe.com/xap/1.0/">
                   <Iptc4xmpExt:DigitalSourceType>%s</Iptc4xmpExt:DigitalSourceType>
                   <xmp:CreatorTool>Triptych</xmp:CreatorTool>
                  </rdf:Description>
                 </rdf:RDF>
                </x:xmpmeta>
                <?xpacket end="r"?>""".formatted(type.uri());
    }

    /**
     * {@code picture} with a packet that says {@code type}: a PNG, JPEG or WebP that says nothing of its source yet.
     * Its pixels stay as they are. Everything else comes back as it is: another format, a picture that carries
     * {@linkplain ContentCredentials content credentials} or a digital source type of its own, and a file that is cut
     * off.
     *
     * @throws IllegalArgumentException if {@code picture} is of no known format
     */
    public static byte[] mark(byte[] picture, DigitalSourceType type) {
        if (ContentCredentials.areIn(picture) || !ImageEnd.isThere(picture)) {
            return picture;
        }
        return switch (ImageHeader.read(picture).mediaType()) {
            case "image/png" -> PngXmp.mark(picture, type);
            case "image/jpeg" -> JpegXmp.mark(picture, type);
            case "image/webp" -> WebpXmp.mark(picture, type);
            default -> picture;
        };
    }

    /**
     * {@code packet}, which a picture has already, with {@code type} as well; {@code ""} where it says a source itself
     * or is written in a way that nothing can be put into.
     */
    static String joined(String packet, DigitalSourceType type) {
        int end = packet.lastIndexOf("</rdf:RDF>");
        if (packet.contains("DigitalSourceType") || end < 0) {
            return "";
        }
        return packet.substring(0, end)
                + "<rdf:Description rdf:about=\"\" xmlns:Iptc4xmpExt=\"http://iptc.org/std/Iptc4xmpExt/2008-02-29/\">"
                + "<Iptc4xmpExt:DigitalSourceType>" + type.uri()
                + "</Iptc4xmpExt:DigitalSourceType></rdf:Description>"
                + packet.substring(end);
    }

    /**
     * The IPTC's word for how {@code picture} came to be, as its XMP says it, such as
     * {@code "trainedAlgorithmicMedia"}; {@code ""} where it says none that can be read.
     */
    public static String digitalSourceType(byte[] picture) {
        Matcher found = SOURCE_TYPE.matcher(in(picture));
        return found.find() ? found.group(1) : "";
    }

    private static String in(byte[] picture) {
        try {
            return switch (ImageHeader.read(picture).mediaType()) {
                case "image/png" -> PngXmp.packet(picture);
                case "image/jpeg" -> JpegXmp.packet(picture);
                case "image/webp" -> WebpXmp.packet(picture);
                default -> "";
            };
        } catch (IllegalArgumentException e) {
            return ""; // damaged, or no picture that we know
        }
    }

    static byte[] bytes(String packet) {
        return packet.getBytes(StandardCharsets.UTF_8);
    }

    /**
     * {@code png} with the packet that says {@code type}, in place of any packet it had; as it is where it carries
     * {@linkplain ContentCredentials content credentials}.
     *
     * @throws IllegalArgumentException if {@code png} is malformed
     */
    public static byte[] addTo(byte[] png, DigitalSourceType type) {
        return PngText.withUtf8(png, Map.of(PNG_KEYWORD, of(type)));
    }
}
