package dev.triptych.discord;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * Asks the image bot of {@code examples/discord-bot}: it is mentioned, so it may read the message, and what is for the
 * machine stands before the word {@code prompt:}.
 */
record SelfHostedDialect(String imageBot) implements Dialect {

    @Override
    public ObjectNode imagine(Job job, ImagineCommand command, int images) {
        return Dialect.body(
                job,
                "<@" + imageBot + "> imagine job=" + job.id + " images=" + images + " prompt: " + command.text(),
                List.of(imageBot));
    }

    @Override
    public ObjectNode press(Job job, Message parent, String label) {
        String content = "<@" + imageBot + "> press job=" + job.id + " button: " + label;
        return Dialect.answering(Dialect.body(job, content, List.of(imageBot)), parent);
    }
}
