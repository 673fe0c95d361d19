package dev.triptych.server.mcp;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What the tools may touch.
 *
 * @param roots folders whose pictures may be given by their paths; empty = pictures are given by ids alone
 * @param output where finished pictures are written for the client to open; empty = they are given by address
 * @param baseUrl the address of this server, for links to pictures; empty = there is none
 */
public record McpSettings(List<Path> roots, Optional<Path> output, Optional<String> baseUrl) {

    /** Copies the list. */
    public McpSettings {
        roots = List.copyOf(roots);
    }
}
