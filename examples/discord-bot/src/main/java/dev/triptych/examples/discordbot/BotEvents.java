package dev.triptych.examples.discordbot;

import dev.triptych.Cancellation;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import net.dv8tion.jda.api.JDA;
import net.dv8tion.jda.api.components.buttons.Button;
import net.dv8tion.jda.api.entities.Guild;
import net.dv8tion.jda.api.entities.Message;
import net.dv8tion.jda.api.entities.channel.attribute.IAgeRestrictedChannel;
import net.dv8tion.jda.api.entities.channel.concrete.TextChannel;
import net.dv8tion.jda.api.entities.channel.middleman.MessageChannel;
import net.dv8tion.jda.api.events.interaction.command.SlashCommandInteractionEvent;
import net.dv8tion.jda.api.events.interaction.component.ButtonInteractionEvent;
import net.dv8tion.jda.api.events.message.MessageDeleteEvent;
import net.dv8tion.jda.api.events.message.MessageReceivedEvent;
import net.dv8tion.jda.api.events.session.ReadyEvent;
import net.dv8tion.jda.api.hooks.ListenerAdapter;
import net.dv8tion.jda.api.interactions.commands.OptionType;
import net.dv8tion.jda.api.interactions.commands.build.Commands;

/** Hears what people and relays want, and turns it into orders. Slow work happens on a thread of its own. */
final class BotEvents extends ListenerAdapter implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(BotEvents.class.getName());
    private static final String COMMAND = "imagine";
    private static final int LOOK_BACK = 100;

    private final BotConfig config;
    private final Studio studio;
    private final Consumer<JDA> whenReady;
    private final ExecutorService desk = Executors.newSingleThreadExecutor(work -> {
        Thread thread = new Thread(work, "triptych-desk");
        thread.setDaemon(true);
        return thread;
    });

    BotEvents(BotConfig config, Studio studio, Consumer<JDA> whenReady) {
        this.config = config;
        this.studio = studio;
        this.whenReady = whenReady;
    }

    // Beginning.

    @Override
    public void onReady(ReadyEvent event) {
        whenReady.accept(event.getJDA());
        for (Guild guild : event.getJDA().getGuilds()) {
            guild.updateCommands()
                    .addCommands(Commands.slash(COMMAND, "Make four pictures of a prompt")
                            .addOption(OptionType.STRING, "prompt", "What to show, and --parameters", true))
                    .queue();
            for (TextChannel channel : guild.getTextChannels()) {
                if (worksIn(channel.getId())) {
                    desk.execute(() -> takeUp(channel));
                }
            }
        }
    }

    private boolean worksIn(String channel) {
        return config.channels().isEmpty() || config.channels().contains(channel);
    }

    /** Orders that were open when the bot last stopped are in the channel: asked for, and without a result. */
    private void takeUp(TextChannel channel) {
        List<Message> recent = channel.getHistory().retrievePast(LOOK_BACK).complete();
        String self = channel.getJDA().getSelfUser().getId();
        Set<String> answered = new HashSet<>();
        for (Message message : recent) {
            if (message.getAuthor().getId().equals(self) && !Replies.isUnfinished(message.getContentRaw())) {
                answered.add(requestOf(message));
                answered.add(Replies.jobOf(message.getContentRaw()));
            }
        }
        for (int i = recent.size() - 1; i >= 0; i--) {
            Message message = recent.get(i);
            if (message.getAuthor().getId().equals(self)) {
                takeUpCommand(message);
            } else if (!answered.contains(message.getId())) {
                takeUpMention(message, progressFor(message, recent, self));
            }
        }
    }

    private static String requestOf(Message message) {
        return message.getMessageReference() == null
                ? ""
                : message.getMessageReference().getMessageId();
    }

    private static String progressFor(Message request, List<Message> recent, String self) {
        return recent.stream()
                .filter(message -> message.getAuthor().getId().equals(self)
                        && requestOf(message).equals(request.getId())
                        && Replies.isUnfinished(message.getContentRaw()))
                .map(Message::getId)
                .findFirst()
                .orElse("");
    }

    /** A slash command leaves no message but our own progress. */
    private void takeUpCommand(Message progress) {
        String content = progress.getContentRaw();
        if (requestOf(progress).isEmpty() && Replies.isUnfinished(content)) {
            Wish wish = Wish.imagine(Replies.promptOf(content));
            take(
                    wish,
                    Replies.personOf(content),
                    progress.getChannel(),
                    "",
                    wish.prompt(),
                    Optional.empty(),
                    progress.getId());
        }
    }

    // Messages.

    @Override
    public void onMessageReceived(MessageReceivedEvent event) {
        if (worksIn(event.getChannel().getId())) {
            desk.execute(() -> takeUpMention(event.getMessage(), ""));
        }
    }

    private void takeUpMention(Message message, String progress) {
        String self = message.getJDA().getSelfUser().getId();
        boolean heard = !message.getAuthor().isBot()
                || config.relays().contains(message.getAuthor().getId());
        if (!heard || message.getAuthor().getId().equals(self)) {
            return;
        }
        Wish.parse(message.getContentRaw(), self).ifPresent(wish -> {
            if (wish.isPress()) {
                press(wish, message, progress);
            } else {
                take(
                        wish,
                        message.getAuthor().getId(),
                        message.getChannel(),
                        message.getId(),
                        wish.prompt(),
                        firstImage(message),
                        progress);
            }
        });
    }

    private void press(Wish wish, Message request, String progress) {
        Message pressed = request.getReferencedMessage();
        if (pressed == null || !offers(pressed, wish.button())) {
            LOG.log(System.Logger.Level.WARNING, "message " + request.getId() + " presses a button that is not there");
            return;
        }
        take(
                wish,
                request.getAuthor().getId(),
                request.getChannel(),
                request.getId(),
                Replies.promptOf(pressed.getContentRaw()),
                firstImage(pressed),
                progress);
    }

    private static boolean offers(Message message, String label) {
        boolean ours = message.getAuthor()
                .getId()
                .equals(message.getJDA().getSelfUser().getId());
        return ours
                && message.getComponentTree().findAll(Button.class).stream()
                        .anyMatch(button -> button.getLabel().equals(label));
    }

    private static Optional<Order.Picture> firstImage(Message message) {
        return message.getAttachments().stream()
                .filter(Message.Attachment::isImage)
                .findFirst()
                .map(attachment -> () -> download(attachment));
    }

    private static byte[] download(Message.Attachment attachment) throws IOException {
        try (InputStream in = attachment.getProxy().download().get()) {
            return in.readAllBytes();
        } catch (ExecutionException e) {
            throw new IOException("the picture to start from could not be fetched", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("fetching the picture to start from was interrupted", e);
        }
    }

    @Override
    public void onMessageDelete(MessageDeleteEvent event) {
        studio.withdraw(event.getMessageId());
    }

    // Commands and buttons.

    @Override
    public void onSlashCommandInteraction(SlashCommandInteractionEvent event) {
        String text = event.getOption("prompt", "", option -> option.getAsString());
        if (!event.getName().equals(COMMAND) || !worksIn(event.getChannel().getId())) {
            event.reply("I do not work in this channel.").setEphemeral(true).queue();
            return;
        }
        Wish wish = Wish.imagine(text);
        String user = event.getUser().getId();
        MessageChannel channel = event.getChannel();
        Order plain = order(wish, user, channel, "", wish.prompt(), Optional.empty(), "");
        event.reply(Replies.waiting(plain, 0))
                .setAllowedMentions(List.of())
                .mentionUsers(user)
                .flatMap(hook -> hook.retrieveOriginal())
                .queue(message -> desk.execute(
                        () -> take(wish, user, channel, "", wish.prompt(), Optional.empty(), message.getId())));
    }

    @Override
    public void onButtonInteraction(ButtonInteractionEvent event) {
        String id = event.getComponentId();
        if (!id.startsWith(ChannelAnswers.BUTTON)) {
            return;
        }
        event.deferEdit().queue();
        Message pressed = event.getMessage();
        Wish wish = Wish.press(id.substring(ChannelAnswers.BUTTON.length()));
        String user = event.getUser().getId();
        desk.execute(() -> take(
                wish,
                user,
                event.getChannel(),
                "",
                Replies.promptOf(pressed.getContentRaw()),
                firstImage(pressed),
                ""));
    }

    private void take(
            Wish wish,
            String user,
            MessageChannel channel,
            String request,
            String prompt,
            Optional<Order.Picture> start,
            String progress) {
        boolean adult = channel instanceof IAgeRestrictedChannel restricted && restricted.isNSFW();
        try {
            studio.take(order(wish, user, channel, request, prompt, start, progress), adult);
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "an order could not be taken: " + e.getMessage(), e);
        }
    }

    private static Order order(
            Wish wish,
            String user,
            MessageChannel channel,
            String request,
            String prompt,
            Optional<Order.Picture> start,
            String progress) {
        return new Order(wish, user, channel.getId(), request, prompt, start, progress, new Cancellation());
    }

    @Override
    public void close() {
        desk.shutdownNow();
    }
}
