package dev.triptych.discord;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.regex.Pattern;

/** How a job is asked for in a message: what our own image bot reads, or what a person does. Immutable. */
interface Dialect {

    /** The message that asks for pictures of {@code command}. */
    ObjectNode imagine(Job job, ImagineCommand command, int images);

    /** The message that asks for {@code label} to be pressed below {@code parent}. */
    ObjectNode press(Job job, Message parent, String label);

    /** How long Discord takes {@code text} to be: in code points, so that an emoji of one counts as one. */
    static int length(String text) {
        return text.codePointCount(0, text.length());
    }

    /** Whether {@code content}, written by us, is for the job {@code jobId}. */
    static boolean names(String content, String jobId) {
        return Pattern.compile("(?:\\bjob=|(?m)^-# job )" + Pattern.quote(jobId) + "(?![a-z0-9])")
                .matcher(content)
                .find();
    }

    /**
     * A message body: it mentions nobody but {@code mentioned}, whatever the prompt holds, and Discord makes it once
     * however often it is posted.
     */
    static ObjectNode body(Job job, String content, List<String> mentioned) {
        ObjectNode body =
                Json.object().put("content", content).put("nonce", job.nonce()).put("enforce_nonce", true);
        ObjectNode allowed = body.putObject("allowed_mentions");
        allowed.putArray("parse");
        ArrayNode users = allowed.putArray("users");
        mentioned.forEach(users::add);
        allowed.put("replied_user", false);
        return body;
    }

    /** Makes {@code body} an answer to {@code parent}. */
    static ObjectNode answering(ObjectNode body, Message parent) {
        body.putObject("message_reference").put("message_id", parent.id()).put("fail_if_not_exists", true);
        return body;
    }
}
