package dev.triptych.discord;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * One message of a channel, as far as the relay reads it. A text that Discord did not send is {@code ""}.
 *
 * @param id its snowflake
 * @param channel the channel's
 * @param author the author's id
 * @param content Markdown
 * @param nonce what the sender gave it
 * @param referenceId the message that it answers
 * @param edited when it was last edited, as Discord writes it; {@code ""} = never
 * @param attachments its files
 * @param buttons its buttons, from left to right and top to bottom
 * @param embeds its embeds
 * @param withheld whether Discord kept back what the message holds, as it does without the MESSAGE CONTENT intent
 */
record Message(
        String id,
        String channel,
        String author,
        String content,
        String nonce,
        String referenceId,
        String edited,
        List<Attachment> attachments,
        List<Button> buttons,
        List<Embed> embeds,
        boolean withheld) {

    /** Message types that people and bots post: default, reply, answer to a command, answer to a message command. */
    private static final Set<Integer> ORDINARY_TYPES = Set.of(0, 19, 20, 23);

    private static final long LOADING = 1 << 7;
    /** Where a message can hold something, beside its content. */
    private static final List<String> CONTAINERS =
            List.of("attachments", "embeds", "components", "sticker_items", "poll", "message_snapshots", "activity");

    Message {
        attachments = List.copyOf(attachments);
        buttons = List.copyOf(buttons);
        embeds = List.copyOf(embeds);
    }

    /**
     * A file of a message.
     *
     * @param url signed and short-lived
     * @param size in bytes; −1 = not said
     */
    record Attachment(String id, String filename, String url, long size, String mediaType) {
        boolean isImage() {
            String name = filename.toLowerCase(java.util.Locale.ROOT);
            return mediaType.startsWith("image/")
                    || name.endsWith(".png")
                    || name.endsWith(".jpg")
                    || name.endsWith(".jpeg")
                    || name.endsWith(".webp");
        }
    }

    /** A button below a message. */
    record Button(String customId, String label, boolean disabled) {}

    /** A framed note below a message. */
    record Embed(String title, String description, String footer, int color) {}

    /** The message in {@code json}. */
    static Message of(JsonNode json) {
        List<Attachment> attachments = new ArrayList<>();
        for (JsonNode file : json.path("attachments")) {
            attachments.add(new Attachment(
                    file.path("id").asText(),
                    file.path("filename").asText(),
                    file.path("url").asText(),
                    file.path("size").asLong(-1),
                    file.path("content_type").asText()));
        }
        List<Embed> embeds = new ArrayList<>();
        for (JsonNode embed : json.path("embeds")) {
            embeds.add(new Embed(
                    embed.path("title").asText(),
                    embed.path("description").asText(),
                    embed.path("footer").path("text").asText(),
                    embed.path("color").asInt(-1)));
        }
        List<Button> buttons = new ArrayList<>();
        collectButtons(json.path("components"), buttons);
        return new Message(
                json.path("id").asText(),
                json.path("channel_id").asText(),
                json.path("author").path("id").asText(),
                json.path("content").asText(),
                json.path("nonce").asText(),
                json.path("message_reference").path("message_id").asText(),
                textOf(json.path("edited_timestamp")),
                attachments,
                buttons,
                embeds,
                isWithheld(json));
    }

    /**
     * Whether there is nothing in a message that must hold something. A message of the system says it with its type;
     * one that a bot is still thinking about (flag LOADING) is to be filled by an edit; a sticker, a poll, a forwarded
     * message and components of any kind are something (Discord's documentation, "Message Object").
     */
    private static boolean isWithheld(JsonNode json) {
        boolean ordinary = ORDINARY_TYPES.contains(json.path("type").asInt(0));
        boolean loading = (json.path("flags").asLong(0) & LOADING) != 0;
        return ordinary
                && !loading
                && json.path("content").asText("").isEmpty()
                && CONTAINERS.stream().allMatch(name -> json.path(name).isEmpty());
    }

    private static String textOf(JsonNode node) {
        return node.isTextual() ? node.asText() : "";
    }

    private static void collectButtons(JsonNode components, List<Button> into) {
        for (JsonNode component : components) {
            if (component.path("type").asInt() == 2) {
                JsonNode emoji = component.path("emoji").path("name");
                into.add(new Button(
                        component.path("custom_id").asText(),
                        component.path("label").asText(emoji.asText()),
                        component.path("disabled").asBoolean(false)));
            }
            collectButtons(component.path("components"), into);
        }
    }

    /** The pictures among its files. */
    List<Attachment> images() {
        return attachments.stream().filter(Attachment::isImage).toList();
    }

    /** The ids only: the content is a prompt, and the addresses are signed. */
    @Override
    public String toString() {
        return "Message[" + id + " by " + author + "]";
    }
}
