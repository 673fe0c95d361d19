package dev.triptych.server.mcp;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.server.http.Json;

/** A message that cannot be served, as JSON-RPC says it. The text holds no prompt and no path. */
final class McpError extends RuntimeException {

    private static final long serialVersionUID = 1;

    static final int PARSE = -32700;
    static final int INVALID_REQUEST = -32600;
    static final int METHOD_NOT_FOUND = -32601;
    static final int INVALID_PARAMS = -32602;
    static final int INTERNAL = -32603;
    static final int HEADER_MISMATCH = -32020;
    static final int UNSUPPORTED_VERSION = -32022;

    private final int code;

    McpError(int code, String message) {
        super(message);
        this.code = code;
    }

    int code() {
        return code;
    }

    ObjectNode json() {
        return Json.object().put("code", code).put("message", getMessage());
    }
}
