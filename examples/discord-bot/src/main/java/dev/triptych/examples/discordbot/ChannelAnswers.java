package dev.triptych.examples.discordbot;

import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import net.dv8tion.jda.api.EmbedBuilder;
import net.dv8tion.jda.api.JDA;
import net.dv8tion.jda.api.components.actionrow.ActionRow;
import net.dv8tion.jda.api.components.buttons.Button;
import net.dv8tion.jda.api.entities.channel.middleman.MessageChannel;
import net.dv8tion.jda.api.requests.restaction.MessageCreateAction;
import net.dv8tion.jda.api.requests.restaction.MessageEditAction;
import net.dv8tion.jda.api.utils.FileUpload;
import net.dv8tion.jda.api.utils.messages.MessageCreateBuilder;
import net.dv8tion.jda.api.utils.messages.MessageCreateData;
import org.jspecify.annotations.Nullable;

/** Speaks through JDA: plain channel messages, since an interaction's token lives for 15 minutes only. Thread-safe. */
final class ChannelAnswers implements Studio.Answers {

    static final String BUTTON = "triptych:";
    private static final System.Logger LOG = System.getLogger(ChannelAnswers.class.getName());
    private static final int RED = 0xFF0000;
    private static final Pattern UNFIT = Pattern.compile("[^A-Za-z0-9]+");

    private final Clock clock;
    private volatile @Nullable JDA jda;

    ChannelAnswers(Clock clock) {
        this.clock = clock;
    }

    /** Speaks through {@code connection} from now on. */
    void connect(JDA connection) {
        jda = connection;
    }

    @Override
    public String begin(Order order, String text) {
        if (!order.progress().isEmpty()) {
            progress(order, text, Optional.empty());
            return order.progress();
        }
        return post(order, new MessageCreateBuilder().setContent(text).build());
    }

    @Override
    public void progress(Order order, String text, Optional<byte[]> preview) {
        if (order.progress().isEmpty()) {
            return;
        }
        try {
            MessageEditAction edit = channel(order)
                    .editMessageById(order.progress(), text)
                    .setAllowedMentions(List.of())
                    .mentionUsers(order.user());
            if (preview.isPresent()) {
                edit = edit.setFiles(FileUpload.fromData(preview.get(), name(order, "_grid_0.png")));
            }
            edit.complete();
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "a progress message could not be changed: " + e.getMessage());
        }
    }

    @Override
    public void finish(Order order, String text, byte[] picture, List<String> buttons) {
        List<Button> row = buttons.stream()
                .map(label -> Button.secondary(BUTTON + label, label))
                .toList();
        post(
                order,
                new MessageCreateBuilder()
                        .setContent(text)
                        .addFiles(FileUpload.fromData(picture, name(order, ".png")))
                        .addComponents(ActionRow.partitionOf(row))
                        .build());
        forget(order);
    }

    @Override
    public void refuse(Order order, String title, String explanation) {
        EmbedBuilder note = new EmbedBuilder().setTitle(title).setColor(RED);
        if (!explanation.isBlank()) {
            note.setDescription(explanation);
        }
        MessageCreateBuilder message = new MessageCreateBuilder().setEmbeds(note.build());
        String job = order.wish().job();
        message.setContent("<@" + order.user() + ">" + (job.isEmpty() ? "" : "\n-# job " + job));
        post(order, message.build());
        forget(order);
    }

    /** The result is there, so a progress message that stays does no harm. */
    private void forget(Order order) {
        if (order.progress().isEmpty()) {
            return;
        }
        try {
            channel(order).deleteMessageById(order.progress()).complete();
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.DEBUG, "a progress message could not be deleted: " + e.getMessage());
        }
    }

    /**
     * Answers the message that asked. It mentions the one who asked, which lets a relay read it without a privileged
     * intent, and nobody else, whatever the prompt holds.
     */
    private String post(Order order, MessageCreateData message) {
        MessageCreateAction action = channel(order)
                .sendMessage(message)
                .setAllowedMentions(List.of())
                .mentionUsers(order.user());
        if (!order.request().isEmpty()) {
            action = action.setMessageReference(order.request()).failOnInvalidReply(false);
        }
        return action.complete().getId();
    }

    private MessageChannel channel(Order order) {
        JDA connection = jda;
        if (connection == null) {
            throw new IllegalStateException("the bot must be connected but is not yet");
        }
        MessageChannel channel = connection.getChannelById(MessageChannel.class, order.channel());
        if (channel == null) {
            throw new IllegalStateException("channel must exist but does not: " + order.channel());
        }
        return channel;
    }

    /** {@code fox_in_snow_1f….png}: a few words, and a number that no other file has. */
    private String name(Order order, String ending) {
        String words = UNFIT.matcher(order.prompt().split("--", 2)[0]).replaceAll("_");
        String brief = words.substring(0, Math.min(40, words.length()));
        return brief + "_" + Long.toHexString(clock.millis()) + ending;
    }
}
