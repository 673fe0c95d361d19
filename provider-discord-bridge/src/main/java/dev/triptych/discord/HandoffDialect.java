package dev.triptych.discord;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * Asks a person, who runs the command with an account of their own and by hand.
 *
 * @param person the user to call; {@code ""} = nobody in particular
 */
record HandoffDialect(String person) implements Dialect {

    @Override
    public ObjectNode imagine(Job job, ImagineCommand command, int images) {
        return body(
                job,
                "please run this here:\n```\n/imagine prompt: " + command.text().replace("```", "'''") + "\n```");
    }

    @Override
    public ObjectNode press(Job job, Message parent, String label) {
        return Dialect.answering(body(job, "please press **" + label + "** below this picture."), parent);
    }

    private ObjectNode body(Job job, String wish) {
        String call = person.isEmpty() ? "" : "<@" + person + "> ";
        return Dialect.body(job, call + wish + "\n-# job " + job.id, person.isEmpty() ? List.of() : List.of(person));
    }
}
