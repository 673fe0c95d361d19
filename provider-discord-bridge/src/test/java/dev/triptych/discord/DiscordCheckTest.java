package dev.triptych.discord;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.discord.simulator.SimulatedDiscord;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class DiscordCheckTest {

    @TempDir
    Path directory;

    private RelayFixture fixture;

    @BeforeEach
    void start() {
        fixture = new RelayFixture(directory);
    }

    @AfterEach
    void stop() {
        fixture.close();
    }

    private static List<String> missing(DiscordSettings.Builder settings) {
        return DiscordCheck.run(settings.build()).stream()
                .filter(finding -> !finding.ok())
                .map(DiscordCheck.Finding::text)
                .toList();
    }

    @Test
    void findsNothingMissingWhereAllIsWell() {
        List<DiscordCheck.Finding> findings =
                DiscordCheck.run(fixture.settings().build());

        assertThat(findings).hasSize(9).allMatch(DiscordCheck.Finding::ok);
    }

    @Test
    void namesEachMissingPermission() {
        fixture.discord.permissions(1L << 10 | 1L << 15);

        assertThat(missing(fixture.settings()))
                .containsExactly(
                        "permission SEND_MESSAGES, to ask for pictures: grant it to the bot's role in the channel",
                        "permission READ_MESSAGE_HISTORY, to find what it missed and to answer messages:"
                                + " grant it to the bot's role in the channel");
    }

    @Test
    void namesATokenThatDoesNotWork() {
        assertThat(missing(fixture.settings().token("wrong")))
                .containsExactly("token must be a valid bot token but Discord refused it:"
                        + " copy it anew from the developer portal");
    }

    @Test
    void namesAChannelThatCannotBeSeen() {
        fixture.discord.permissions(SimulatedDiscord.ALL_PERMISSIONS & ~(1L << 10));

        assertThat(missing(fixture.settings()))
                .containsExactly("channel " + fixture.channel
                        + " cannot be seen: invite the bot to its server, and give it VIEW_CHANNEL there");
    }

    @Test
    void namesAForum() {
        fixture.discord.channelType(fixture.channel, 15);

        assertThat(missing(fixture.settings()))
                .containsExactly("channel must be one to post messages in but " + fixture.channel
                        + " is a forum, which holds posts only: name one of its posts, by its id");
    }

    @Test
    void namesAnIntentThatIsNeededAndOff() {
        String blind = fixture.discord.addBot("blind", false).token();

        assertThat(missing(fixture.settings().token(blind))).isEmpty();
        assertThat(missing(fixture.settings()
                        .token(blind)
                        .mode(DiscordMode.HANDOFF)
                        .watchChannel(true)))
                .containsExactly("the MESSAGE CONTENT intent must be switched on for this bot in Discord's developer"
                        + " portal but is off: needed by watch-channel");
    }

    @Test
    void namesAnImageBotThatIsNotThere() {
        assertThat(missing(fixture.settings().trustedAuthors(List.of("12"))))
                .containsExactly("trusted author 12 is not on the server: invite that bot, or correct the id");
    }
}
