package dev.triptych.diffusion.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class GraphBuilderTest {

    @Test
    void writesTheFieldsOfProtocolBuffers() {
        byte[] message = new ProtoWriter()
                .number(1, 150)
                .text(2, "testing")
                .fixed32(3, 1)
                .message(4, new ProtoWriter().number(1, 1))
                .number(5, -1)
                .toByteArray();

        assertThat(HexFormat.of().formatHex(message))
                .isEqualTo(
                        "089601" // the number and the text of the encoding guide's own examples
                                + "120774657374696e67"
                                + "1d0000803f"
                                + "22020801"
                                + "28ffffffffffffffffff01");
    }

    @Test
    void equalConstantsAreOneInitializer() {
        GraphBuilder graph = new GraphBuilder("g");

        assertThat(graph.constant(1, 2)).isEqualTo(graph.constant(1, 2)).isNotEqualTo(graph.constant(2, 1));
        assertThat(graph.constant(List.of(1L), 1))
                .isEqualTo(graph.constant(List.of(1L), 1))
                .isNotEqualTo(graph.constant(1));
    }

    @Test
    void writesAModelWithItsOperatorSets() {
        GraphBuilder graph = new GraphBuilder("g");
        graph.input("x", ElementType.FLOAT, 2);
        graph.output("y", ElementType.FLOAT, 2);
        graph.nodeTo("y", "", "Abs", List.of("x"), Attribute.of("a", 1f));

        assertThat(HexFormat.of().formatHex(graph.toModel()))
                .isEqualTo(
                        "080b" // IR version 11
                                + "12087472697074796368" // producer "triptych"
                                + "3a47" // graph
                                + "120167" // name "g"
                                + "5a0f0a0178120a0a08080112040a020802" // input x: float [2]
                                + "620f0a0179120a0a08080112040a020802" // output y: float [2]
                                + "0a200a0178120179" // node from x to y
                                + "1a066e6f64655f30" // name "node_0"
                                + "2203416273" // operator "Abs"
                                + "2a0b0a0161a00101150000803f" // attribute a = 1.0f
                                + "42040a001017" // ONNX, version 23
                                + "42110a0d636f6d2e6d6963726f736f66741001"); // com.microsoft, version 1
    }
}
