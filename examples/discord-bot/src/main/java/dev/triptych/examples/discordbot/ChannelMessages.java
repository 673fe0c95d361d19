package dev.triptych.examples.discordbot;

import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import net.dv8tion.jda.api.EmbedBuilder;
import net.dv8tion.jda.api.JDA;
import net.dv8tion.jda.api.Permission;
import net.dv8tion.jda.api.components.actionrow.ActionRow;
import net.dv8tion.jda.api.components.buttons.Button;
import net.dv8tion.jda.api.entities.channel.middleman.GuildMessageChannel;
import net.dv8tion.jda.api.entities.channel.middleman.MessageChannel;
import net.dv8tion.jda.api.exceptions.ErrorResponseException;
import net.dv8tion.jda.api.exceptions.PermissionException;
import net.dv8tion.jda.api.requests.restaction.MessageCreateAction;
import net.dv8tion.jda.api.requests.restaction.MessageEditAction;
import net.dv8tion.jda.api.utils.FileUpload;
import net.dv8tion.jda.api.utils.messages.MessageCreateBuilder;
import net.dv8tion.jda.api.utils.messages.MessageCreateData;
import org.jspecify.annotations.Nullable;

/** Speaks through JDA: plain channel messages, since an interaction's token lives for 15 minutes only. Thread-safe. */
final class ChannelMessages implements JobMessages {

    static final String BUTTON = "triptych:";
    private static final System.Logger LOG = System.getLogger(ChannelMessages.class.getName());
    private static final int RED = 0xFF0000;
    private static final Pattern UNFIT = Pattern.compile("[^A-Za-z0-9]+");

    private final Clock clock;
    private volatile @Nullable JDA jda;

    ChannelMessages(Clock clock) {
        this.clock = clock;
    }

    /** Speaks through {@code connection} from now on. */
    void connect(JDA connection) {
        jda = connection;
    }

    @Override
    public String begin(ImageJob job, String text) throws Undeliverable {
        if (!job.progress().isEmpty()) {
            progress(job, text, Optional.empty());
            return job.progress();
        }
        return post(job, "b-", new MessageCreateBuilder().setContent(text).build());
    }

    @Override
    public void progress(ImageJob job, String text, Optional<byte[]> preview) {
        if (job.progress().isEmpty()) {
            return;
        }
        try {
            MessageEditAction edit = channel(job)
                    .editMessageById(job.progress(), text)
                    .setAllowedMentions(List.of())
                    .mentionUsers(job.user());
            if (preview.isPresent()) {
                edit = edit.setFiles(FileUpload.fromData(preview.get(), name(job, "_grid_0.png")));
            }
            edit.complete();
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "a progress message could not be changed: " + e.getMessage());
        }
    }

    @Override
    public void finish(ImageJob job, String text, byte[] picture, List<String> buttons) throws Undeliverable {
        List<Button> row = buttons.stream()
                .map(label -> Button.secondary(BUTTON + label, label))
                .toList();
        post(
                job,
                "f-",
                new MessageCreateBuilder()
                        .setContent(text)
                        .addFiles(FileUpload.fromData(picture, name(job, ".png")))
                        .addComponents(ActionRow.partitionOf(row))
                        .build());
        forget(job);
    }

    @Override
    public void refuse(ImageJob job, String title, String explanation) throws Undeliverable {
        EmbedBuilder note = new EmbedBuilder().setTitle(title).setColor(RED);
        if (!explanation.isBlank()) {
            note.setDescription(explanation);
        }
        MessageCreateBuilder message = new MessageCreateBuilder().setEmbeds(note.build());
        String named = job.instruction().job();
        message.setContent("<@" + job.user() + ">" + (named.isEmpty() ? "" : "\n-# job " + named));
        post(job, "r-", message.build());
        forget(job);
    }

    /** The result is there, so a progress message that stays does no harm. */
    private void forget(ImageJob job) {
        if (job.progress().isEmpty()) {
            return;
        }
        try {
            channel(job).deleteMessageById(job.progress()).complete();
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.DEBUG, "a progress message could not be deleted: " + e.getMessage());
        }
    }

    /**
     * Answers the message that asked. It mentions the one who asked, which lets a relay read it without a privileged
     * intent, and nobody else, whatever the prompt holds. The nonce keeps Discord from making it twice.
     */
    private String post(ImageJob job, String kind, MessageCreateData message) throws Undeliverable {
        try {
            MessageCreateAction action = channel(job)
                    .sendMessage(message)
                    .setAllowedMentions(List.of())
                    .mentionUsers(job.user())
                    .setNonce(kind + job.nonce());
            if (!job.request().isEmpty()) {
                action = action.setMessageReference(job.request()).failOnInvalidReply(false);
            }
            return action.complete().getId();
        } catch (RuntimeException e) {
            throw new Undeliverable(String.valueOf(e.getMessage()), mayPass(e), e);
        }
    }

    /** Whether Discord may accept the same call soon: it failed itself, or the way to it did. */
    private static boolean mayPass(RuntimeException failure) {
        if (failure instanceof ErrorResponseException refused) {
            return refused.isServerError() || refused.getErrorCode() <= 0;
        }
        boolean ours = failure instanceof PermissionException
                || failure instanceof IllegalArgumentException
                || failure instanceof IllegalStateException;
        return !ours;
    }

    @Override
    public Optional<String> obstacle(ImageJob job) {
        try {
            MessageChannel channel = channel(job);
            if (channel instanceof GuildMessageChannel place) {
                boolean maySpeak = place.canTalk()
                        && place.getGuild().getSelfMember().hasPermission(place, Permission.MESSAGE_ATTACH_FILES);
                return maySpeak
                        ? Optional.empty()
                        : Optional.of("the bot must have the permissions to post messages and pictures in channel "
                                + job.channel() + " but has not");
            }
            return Optional.empty();
        } catch (IllegalStateException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    private MessageChannel channel(ImageJob job) {
        JDA connection = jda;
        if (connection == null) {
            throw new IllegalStateException("the bot must be connected but is not yet");
        }
        MessageChannel channel = connection.getChannelById(MessageChannel.class, job.channel());
        if (channel == null) {
            throw new IllegalStateException("channel must exist but does not: " + job.channel());
        }
        return channel;
    }

    /** {@code fox_in_snow_1f….png}: a few words, and a number that no other file has. */
    private String name(ImageJob job, String ending) {
        String words = UNFIT.matcher(job.prompt().split("--", 2)[0]).replaceAll("_");
        String brief = words.substring(0, Math.min(40, words.length()));
        return brief + "_" + Long.toHexString(clock.millis()) + ending;
    }
}
