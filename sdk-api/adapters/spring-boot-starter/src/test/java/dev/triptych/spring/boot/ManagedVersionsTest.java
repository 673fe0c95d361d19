package dev.triptych.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.triptych.config.TriptychConfig;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringBootVersion;

/** All tests here run with the versions that Spring Boot manages, not with ours: on either Boot, these. */
class ManagedVersionsTest {

    private static final Map<String, String> JACKSON = Map.of("3.5.7", "2.19.2", "4.0.7", "2.21.4");

    @Test
    void runsWithTheJacksonOfSpringBoot() {
        assertThat(JACKSON).containsKey(SpringBootVersion.getVersion());
        assertThat(new ObjectMapper().version()).hasToString(JACKSON.get(SpringBootVersion.getVersion()));
    }

    @Test
    void readsYamlWithIt() {
        assertThat(TriptychConfig.builder()
                        .yaml("generators: { offline: { type: local } }")
                        .build()
                        .generatorNames())
                .containsExactly("offline");
    }
}
