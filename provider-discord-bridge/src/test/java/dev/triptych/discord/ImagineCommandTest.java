package dev.triptych.discord;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.AspectRatio;
import dev.triptych.Capabilities;
import dev.triptych.ImageRequest;
import dev.triptych.Parameter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImagineCommandTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            a red fox --s 250 --ar 3:2         | a red fox --ar 3:2 --stylize 250
            a  red\tfox --aspect 3:2           | a red fox --ar 3:2
            a fox —seed 5                      | a fox --seed 5
            a fox --no red, blue --tile        | a fox --no red, blue --tile
            a fox --q .5 --iw 1.50             | a fox --iw 1.5 --q 0.5
            a fox --niji                       | a fox --niji
            a fox --version 8.1                | a fox --v 8.1
            a fox --sref https://x/y --weird 9 | a fox --sref https://x/y --weird 9
            a well-known -- really -- fox      | a well-known -- really -- fox
            """)
    void bringsACommandIntoItsPlainForm(String typed, String plain) {
        assertThat(ImagineCommand.parse(typed).text()).isEqualTo(plain);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            a fox --chaos 101         | --chaos must be a whole number from 0 to 100 but was "101"
            a fox --seed 4294967296   | --seed must be a whole number from 0 to 4294967295 but was "4294967296"
            a fox --ar 3              | --ar must be WIDTH:HEIGHT, such as 3:2, but was "3"
            a fox --ar 0:2            | --ar must be WIDTH:HEIGHT, such as 3:2, but was "0:2"
            a fox --iw 3.5            | --iw must be a number from 0 to 3 but was "3.5"
            a fox --stylize high      | --stylize must be a whole number from 0 to 1000 but was "high"
            a fox --tile yes          | --tile must be alone but was "yes"
            a fox --no                | --no must be followed by words but was nothing
            a fox --seed 1 --seed 1   | --seed must be given once but came twice
            a fox --repeat 3          | --repeat must be 1 but was 3; send one request for each job
            a {red, blue} fox         | prompt must ask for one job but has a {a, b} permutation; send one request for each
            a fox --seed what a fox   | --seed must be a whole number from 0 to 4294967295 but was "what a fox"
            """)
    void saysWhatIsWrong(String typed, String message) {
        assertThatThrownBy(() -> ImagineCommand.parse(typed)).hasMessage(message);
    }

    @Test
    void addsTheFieldsOfARequest() {
        ImageRequest request = ImageRequest.builder()
                .prompt("a fox --chaos 5")
                .negativePrompt("red")
                .aspectRatio(new AspectRatio(3, 2))
                .seed(7)
                .strength(0.75)
                .option("discord.stylize", "250")
                .option("discord.tile", "true")
                .option("discord.raw", "false")
                .option("openai.moderation", "low")
                .build();

        assertThat(ImagineCommand.of(request).text())
                .isEqualTo("a fox --ar 3:2 --seed 7 --no red --stylize 250 --chaos 5 --iw 0.75 --tile");
    }

    @Test
    void refusesARequestThatContradictsItsPrompt() {
        ImageRequest request =
                ImageRequest.builder().prompt("a fox --seed 8").seed(7).build();

        assertThatThrownBy(() -> ImagineCommand.of(request))
                .hasMessage("--seed must be given once but the prompt and the request differ");
    }

    @Test
    void translatesForAGeneratorAndSaysWhatIsIgnored() {
        Capabilities capabilities = Capabilities.builder()
                .honours(Parameter.SEED, Parameter.ASPECT_RATIO, Parameter.GUIDANCE_SCALE, Parameter.STEPS)
                .build();

        ImagineCommand.Translation translation = ImagineCommand.parse(
                        "a fox --ar 3:2 --seed 7 --no red --stylize 250 --q 0.5 --niji 6 --hd")
                .translate(capabilities, 20);
        ImageRequest request = translation.request().build();

        assertThat(request.prompt()).isEqualTo("a fox");
        assertThat(request.aspectRatio()).hasValue(new AspectRatio(3, 2));
        assertThat(request.seed()).hasValue(7);
        assertThat(request.guidanceScale()).hasValue(7.5);
        assertThat(request.steps()).hasValue(10);
        assertThat(translation.ignored()).containsExactly("--no red", "--niji 6", "--hd");
    }

    @Test
    void showsNoPrompt() {
        assertThat(ImagineCommand.parse("a secret fox --seed 7")).hasToString("ImagineCommand[SEED]");
    }
}
