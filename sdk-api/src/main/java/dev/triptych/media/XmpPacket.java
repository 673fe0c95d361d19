package dev.triptych.media;

import java.util.Map;

/**
 * The XMP packet that labels a picture as made by a model: {@code Iptc4xmpExt:DigitalSourceType}, and nothing that
 * changes from one run to the next (XMP specification part 1, section 7; part 3, section 1.1.5 for PNG).
 */
public final class XmpPacket {

    /** The keyword under which a PNG carries XMP. */
    public static final String PNG_KEYWORD = "XML:com.adobe.xmp";

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
     * {@code png} with the packet that says {@code type}, in place of any packet it had.
     *
     * @throws IllegalArgumentException if {@code png} is malformed
     */
    public static byte[] addTo(byte[] png, DigitalSourceType type) {
        return PngText.withUtf8(png, Map.of(PNG_KEYWORD, of(type)));
    }
}
