package dev.triptych.examples.discordbot;

import dev.triptych.examples.discordbot.JobRunner.Refusal;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import net.dv8tion.jda.api.EmbedBuilder;
import net.dv8tion.jda.api.JDA;
import net.dv8tion.jda.api.components.buttons.Button;
import net.dv8tion.jda.api.entities.Guild;
import net.dv8tion.jda.api.entities.Message;
import net.dv8tion.jda.api.entities.MessageHistory;
import net.dv8tion.jda.api.entities.channel.attribute.IAgeRestrictedChannel;
import net.dv8tion.jda.api.entities.channel.middleman.GuildMessageChannel;
import net.dv8tion.jda.api.entities.channel.middleman.MessageChannel;
import net.dv8tion.jda.api.events.channel.ChannelDeleteEvent;
import net.dv8tion.jda.api.events.guild.GuildJoinEvent;
import net.dv8tion.jda.api.events.interaction.command.SlashCommandInteractionEvent;
import net.dv8tion.jda.api.events.interaction.component.ButtonInteractionEvent;
import net.dv8tion.jda.api.events.message.MessageBulkDeleteEvent;
import net.dv8tion.jda.api.events.message.MessageDeleteEvent;
import net.dv8tion.jda.api.events.message.MessageReceivedEvent;
import net.dv8tion.jda.api.events.session.ReadyEvent;
import net.dv8tion.jda.api.events.session.SessionDisconnectEvent;
import net.dv8tion.jda.api.events.session.SessionRecreateEvent;
import net.dv8tion.jda.api.events.session.SessionResumeEvent;
import net.dv8tion.jda.api.exceptions.ErrorResponseException;
import net.dv8tion.jda.api.hooks.ListenerAdapter;
import net.dv8tion.jda.api.interactions.InteractionHook;
import net.dv8tion.jda.api.interactions.commands.OptionType;
import net.dv8tion.jda.api.interactions.commands.build.Commands;
import net.dv8tion.jda.api.requests.ErrorResponse;

/** Hears what people and relays ask for, and turns it into jobs. Slow work happens on a thread of its own. */
final class BotEvents extends ListenerAdapter implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(BotEvents.class.getName());
    private static final String COMMAND = "imagine";
    private static final int PAGE = 100;
    /** How many messages are read of a channel's history at the first start, and at most after a gap. */
    private static final int FIRST_LOOK_BACK = 500;

    private static final int MOST_LOOK_BACK = 10_000;
    private static final int READ_ATTEMPTS = 4;

    private final BotConfig config;
    private final JobRunner runner;
    private final Consumer<JDA> whenReady;
    /** Channel → the newest message that was heard of. */
    private final Map<String, Long> newest = new ConcurrentHashMap<>();
    /** {@link #newest} when the connection was lost. */
    private volatile Map<String, Long> newestBeforeTheGap = Map.of();

    private final ExecutorService intake = Executors.newSingleThreadExecutor(work -> {
        Thread thread = new Thread(work, "triptych-intake");
        thread.setDaemon(true);
        return thread;
    });

    BotEvents(BotConfig config, JobRunner runner, Consumer<JDA> whenReady) {
        this.config = config;
        this.runner = runner;
        this.whenReady = whenReady;
    }

    /** Does {@code work} on the intake's thread; what it throws is logged, and the next piece of work is done. */
    private void later(Runnable work) {
        try {
            intake.execute(() -> {
                try {
                    work.run();
                } catch (RuntimeException | Error e) {
                    LOG.log(System.Logger.Level.WARNING, "what a message or a person asked for failed", e);
                }
            });
        } catch (RejectedExecutionException e) {
            LOG.log(System.Logger.Level.DEBUG, "the bot was closed", e);
        }
    }

    // Sessions.

    @Override
    public void onReady(ReadyEvent event) {
        whenReady.accept(event.getJDA());
        event.getJDA().getGuilds().forEach(BotEvents::register);
        takeUpAll(event.getJDA(), Map.of());
    }

    private static void register(Guild guild) {
        guild.updateCommands()
                .addCommands(Commands.slash(COMMAND, "Make four pictures of a prompt")
                        .addOption(OptionType.STRING, "prompt", "What to show, and --parameters", true))
                .queue();
    }

    @Override
    public void onGuildJoin(GuildJoinEvent event) {
        register(event.getGuild());
    }

    @Override
    public void onSessionDisconnect(SessionDisconnectEvent event) {
        newestBeforeTheGap = new HashMap<>(newest);
    }

    /** A new session in place of one that was lost: what was posted between the two was not told. */
    @Override
    public void onSessionRecreate(SessionRecreateEvent event) {
        takeUpAll(event.getJDA(), newestBeforeTheGap);
    }

    /** What was missed is told again, as far as Discord still has it. */
    @Override
    public void onSessionResume(SessionResumeEvent event) {
        takeUpAll(event.getJDA(), newestBeforeTheGap);
    }

    private void takeUpAll(JDA jda, Map<String, Long> from) {
        for (Guild guild : jda.getGuilds()) {
            List<GuildMessageChannel> channels = new ArrayList<>(guild.getThreadChannels());
            guild.getChannels().stream()
                    .filter(GuildMessageChannel.class::isInstance)
                    .forEach(channel -> channels.add((GuildMessageChannel) channel));
            for (GuildMessageChannel channel : channels) {
                if (worksIn(channel.getId())) {
                    later(() -> takeUp(channel, from.getOrDefault(channel.getId(), 0L)));
                }
            }
        }
    }

    private boolean worksIn(String channel) {
        return config.channels().isEmpty() || config.channels().contains(channel);
    }

    // The channel's history.

    /** Jobs that nobody told us of are in the channel: asked for, and without a result. So are withdrawals. */
    private void takeUp(GuildMessageChannel channel, long from) {
        List<Message> recent = recent(channel, from);
        recent.forEach(message -> newest.merge(channel.getId(), message.getIdLong(), Math::max));
        String self = channel.getJDA().getSelfUser().getId();
        Set<String> answered = new HashSet<>();
        for (Message message : recent) {
            if (message.getAuthor().getId().equals(self) && !JobText.isUnfinished(message.getContentRaw())) {
                answered.add(requestOf(message));
                answered.add(JobText.jobOf(message.getContentRaw()));
            }
        }
        for (int i = recent.size() - 1; i >= 0; i--) {
            Message message = recent.get(i);
            if (message.getAuthor().getId().equals(self)) {
                later(() -> takeUpOwn(message));
            } else if (!answered.contains(message.getId())) {
                later(() -> takeUpMention(message, progressFor(message, recent, self)));
            }
        }
        withdrawWhatIsGone(channel, recent);
    }

    /** Messages back to the one with id {@code from}, newest first; 0 = a certain number. */
    private static List<Message> recent(GuildMessageChannel channel, long from) {
        MessageHistory history = channel.getHistory();
        List<Message> recent = new ArrayList<>();
        int most = from == 0 ? FIRST_LOOK_BACK : MOST_LOOK_BACK;
        while (recent.size() < most) {
            List<Message> page =
                    read(() -> history.retrievePast(PAGE).complete()).orElse(List.of());
            recent.addAll(page);
            if (page.size() < PAGE || page.get(page.size() - 1).getIdLong() <= from) {
                break;
            }
        }
        return recent;
    }

    /** Jobs whose request somebody deleted while we did not hear of it. */
    private void withdrawWhatIsGone(GuildMessageChannel channel, List<Message> recent) {
        Set<String> there = new HashSet<>();
        recent.forEach(message -> there.add(message.getId()));
        for (ImageJob job : runner.jobs()) {
            String asks = job.request().isEmpty() ? job.progress() : job.request();
            boolean ours = job.channel().equals(channel.getId());
            if (ours && !asks.isEmpty() && !there.contains(asks) && isGone(channel, asks)) {
                runner.withdraw(asks);
            }
        }
    }

    private static boolean isGone(MessageChannel channel, String id) {
        return read(() -> channel.retrieveMessageById(id).complete()).isEmpty();
    }

    /**
     * What {@code reading} brings; empty where the message does not exist. A failure of Discord's is tried again.
     *
     * @throws RuntimeException if it fails again and again
     */
    private static <T> Optional<T> read(Supplier<T> reading) {
        for (int attempt = 1; ; attempt++) {
            try {
                return Optional.of(reading.get());
            } catch (ErrorResponseException e) {
                if (e.getErrorResponse() == ErrorResponse.UNKNOWN_MESSAGE) {
                    return Optional.empty();
                }
                if (!e.isServerError() || attempt == READ_ATTEMPTS) {
                    throw e;
                }
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
                        && JobText.isUnfinished(message.getContentRaw()))
                .map(Message::getId)
                .findFirst()
                .orElse("");
    }

    /** A slash command and a pressed button leave no message but our own progress. */
    private void takeUpOwn(Message progress) {
        String content = progress.getContentRaw();
        if (!requestOf(progress).isEmpty() || !JobText.isUnfinished(content)) {
            return;
        }
        String prompt = JobText.promptOf(content);
        if (runner.isAboutToSay(progress.getChannel().getId(), JobText.personOf(content), prompt)) {
            return;
        }
        Optional<JobText.Pressed> pressed = JobText.pressed(content);
        Instruction instruction =
                pressed.map(it -> Instruction.press(it.button())).orElseGet(() -> Instruction.imagine(prompt));
        MessageChannel channel = progress.getChannel();
        take(
                new ImageJob(
                        instruction,
                        JobText.personOf(content),
                        channel.getId(),
                        "",
                        pressed.map(JobText.Pressed::message).orElse(""),
                        pressed.isPresent() ? prompt : instruction.prompt(),
                        pressed.map(it -> picture(channel, it.message())),
                        progress.getId()),
                channel);
    }

    // Messages.

    @Override
    public void onMessageReceived(MessageReceivedEvent event) {
        String channel = event.getChannel().getId();
        newest.merge(channel, event.getMessageIdLong(), Math::max);
        if (worksIn(channel)) {
            later(() -> takeUpMention(event.getMessage(), ""));
        }
    }

    private void takeUpMention(Message message, String progress) {
        String self = message.getJDA().getSelfUser().getId();
        boolean heard = !message.getAuthor().isBot()
                || config.relays().contains(message.getAuthor().getId());
        if (!heard || message.getAuthor().getId().equals(self)) {
            return;
        }
        Instruction.parse(message.getContentRaw(), self).ifPresent(instruction -> {
            if (instruction.isPress()) {
                press(instruction, message, progress);
            } else {
                take(
                        job(instruction, message, "", instruction.prompt(), attached(message), progress),
                        message.getChannel());
            }
        });
    }

    private static ImageJob job(
            Instruction instruction,
            Message request,
            String pressed,
            String prompt,
            Optional<ImageJob.Picture> start,
            String progress) {
        return new ImageJob(
                instruction,
                request.getAuthor().getId(),
                request.getChannel().getId(),
                request.getId(),
                pressed,
                prompt,
                start,
                progress);
    }

    private void press(Instruction instruction, Message request, String progress) {
        Optional<Message> pressed = pressedMessage(request);
        if (pressed.isEmpty() || !offers(pressed.get(), instruction.button())) {
            runner.refuse(
                    job(instruction, request, "", "", Optional.empty(), progress),
                    new Refusal(
                            "Invalid request",
                            "A button must be one of a picture of this bot that the message answers, but "
                                    + (pressed.isEmpty()
                                            ? "it answers none."
                                            : "that message does not offer " + instruction.button() + ".")));
            return;
        }
        String id = pressed.get().getId();
        take(
                job(
                        instruction,
                        request,
                        id,
                        JobText.promptOf(pressed.get().getContentRaw()),
                        Optional.of(picture(request.getChannel(), id)),
                        progress),
                request.getChannel());
    }

    /** The message that {@code request} answers. An event may bring it without its files and buttons, or not at all. */
    private static Optional<Message> pressedMessage(Message request) {
        String id = requestOf(request);
        if (id.isEmpty()) {
            return Optional.empty();
        }
        Message told = request.getReferencedMessage();
        boolean whole = told != null
                && !told.getAttachments().isEmpty()
                && !told.getComponents().isEmpty();
        return whole
                ? Optional.of(told)
                : read(() -> request.getChannel().retrieveMessageById(id).complete());
    }

    private static boolean offers(Message message, String label) {
        boolean ours = message.getAuthor()
                .getId()
                .equals(message.getJDA().getSelfUser().getId());
        return ours
                && message.getComponentTree().findAll(Button.class).stream()
                        .anyMatch(button -> button.getLabel().equals(label));
    }

    private static Optional<ImageJob.Picture> attached(Message message) {
        boolean any = message.getAttachments().stream().anyMatch(Message.Attachment::isImage);
        return any ? Optional.of(picture(message.getChannel(), message.getId())) : Optional.empty();
    }

    /** The first picture of a message, which is read when the job's turn comes: its links live for a day only. */
    private static ImageJob.Picture picture(MessageChannel channel, String message) {
        return () -> {
            Message fresh = read(() -> channel.retrieveMessageById(message).complete())
                    .orElseThrow(() -> new IOException("the message with the picture to start from was deleted"));
            Message.Attachment attachment = fresh.getAttachments().stream()
                    .filter(Message.Attachment::isImage)
                    .findFirst()
                    .orElseThrow(() -> new IOException("the message must hold the picture to start from but has none"));
            return download(attachment);
        };
    }

    private static byte[] download(Message.Attachment attachment) throws IOException {
        try (InputStream in = attachment.getProxy().download().get()) {
            return in.readAllBytes();
        } catch (ExecutionException e) {
            throw new IOException("the picture to start from could not be fetched", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException)
                    new InterruptedIOException("fetching the picture to start from was interrupted").initCause(e);
        }
    }

    // Withdrawals. The set of withdrawn messages is told at once, so that it is known before the intake takes the job.

    @Override
    public void onMessageDelete(MessageDeleteEvent event) {
        withdraw(event.getMessageId());
    }

    @Override
    public void onMessageBulkDelete(MessageBulkDeleteEvent event) {
        event.getMessageIds().forEach(this::withdraw);
    }

    @Override
    public void onChannelDelete(ChannelDeleteEvent event) {
        runner.withdrawChannel(event.getChannel().getId());
    }

    private void withdraw(String message) {
        runner.withdrawn(message);
        later(() -> runner.withdraw(message));
    }

    // Commands and buttons.

    @Override
    public void onSlashCommandInteraction(SlashCommandInteractionEvent event) {
        String text = event.getOption("prompt", "", option -> option.getAsString());
        if (!event.getName().equals(COMMAND) || !worksIn(event.getChannel().getId())) {
            event.reply("I do not work in this channel.").setEphemeral(true).queue();
            return;
        }
        Instruction instruction = Instruction.imagine(text);
        ImageJob job = new ImageJob(
                instruction,
                event.getUser().getId(),
                event.getChannel().getId(),
                "",
                "",
                instruction.prompt(),
                Optional.empty(),
                "");
        Optional<Refusal> refusal = runner.admit(job, isAdult(event.getChannel()));
        if (refusal.isPresent()) {
            EmbedBuilder note = new EmbedBuilder().setTitle(refusal.get().title());
            note.setDescription(refusal.get().explanation());
            event.replyEmbeds(note.build())
                    .setEphemeral(true)
                    .queue(null, failure -> later(() -> runner.refuse(job, refusal.get())));
            return;
        }
        event.reply(JobText.waiting(job, runner.ahead(job)))
                .setAllowedMentions(List.of())
                .mentionUsers(job.user())
                .queue(hook -> later(() -> findReply(hook, job)), failure -> later(() -> runner.announce(job)));
    }

    /** The reply becomes the job's progress message; one that cannot be found is taken away, and another posted. */
    private void findReply(InteractionHook hook, ImageJob job) {
        try {
            Optional<Message> reply = read(() -> hook.retrieveOriginal().complete());
            if (reply.isPresent()) {
                runner.announced(job, reply.get().getId());
                return;
            }
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "a reply could not be read again: " + e.getMessage());
            hook.deleteOriginal()
                    .queue(
                            null,
                            failure -> LOG.log(
                                    System.Logger.Level.WARNING,
                                    "a reply could not be taken away: " + failure.getMessage()));
        }
        runner.announce(job);
    }

    @Override
    public void onButtonInteraction(ButtonInteractionEvent event) {
        String id = event.getComponentId();
        if (!id.startsWith(ChannelMessages.BUTTON)) {
            return;
        }
        event.deferEdit().queue(null, failure -> {
            LOG.log(System.Logger.Level.DEBUG, "a pressed button could not be acknowledged: " + failure.getMessage());
        });
        Message pressed = event.getMessage();
        MessageChannel channel = event.getChannel();
        ImageJob job = new ImageJob(
                Instruction.press(id.substring(ChannelMessages.BUTTON.length())),
                event.getUser().getId(),
                channel.getId(),
                "",
                pressed.getId(),
                JobText.promptOf(pressed.getContentRaw()),
                Optional.of(picture(channel, pressed.getId())),
                "");
        later(() -> take(job, channel));
    }

    private void take(ImageJob job, MessageChannel channel) {
        runner.take(job, isAdult(channel));
    }

    private static boolean isAdult(MessageChannel channel) {
        return channel instanceof IAgeRestrictedChannel restricted && restricted.isNSFW();
    }

    @Override
    public void close() {
        intake.shutdownNow();
    }
}
