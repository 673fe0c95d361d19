package dev.triptych.diffusion.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HalfPrecisionTest {

    @ParameterizedTest
    @CsvSource({
        "0, 0000",
        "-0.0, 8000",
        "1, 3c00",
        "-2, c000",
        "65504, 7bff",
        "65519.99, 7bff",
        "65520, 7c00",
        "1e9, 7c00",
        "-Infinity, fc00",
        "NaN, 7e00",
        "6.1035156e-5, 0400",
        "6.097555e-5, 03ff",
        "5.9604645e-8, 0001",
        "2.9802322e-8, 0000",
        "2.9802326e-8, 0001",
        "1e-9, 0000",
        "1.00048828125, 3c00", // half way between 1 and the next: to the even one
        "1.00146484375, 3c02",
        "1.0004884, 3c01",
        "0.1, 2e66",
        "2049, 6800",
        "2051, 6802"
    })
    void roundsToTheNearest(float value, String bits) {
        assertThat("%04x".formatted(HalfPrecision.bits(value) & 0xFFFF)).isEqualTo(bits);
    }
}
