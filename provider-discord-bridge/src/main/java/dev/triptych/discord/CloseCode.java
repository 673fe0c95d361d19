package dev.triptych.discord;

/**
 * What a gateway close code asks of us, and what it means in one line (Discord's documentation, "Opcodes and Status
 * Codes", and {@code events/gateway}).
 */
enum CloseCode {
    NO_CODE(-1, Then.RESUME, "the connection broke off"),
    NORMAL(1000, Then.RESUME, "the gateway closed the connection"),
    GOING_AWAY(1001, Then.RESUME, "the gateway is going away"),
    UNKNOWN_ERROR(4000, Then.RESUME, "the gateway reported an unknown error"),
    UNKNOWN_OPCODE(4001, Then.RESUME, "the gateway did not know an opcode"),
    DECODE_ERROR(4002, Then.RESUME, "the gateway could not decode a payload"),
    NOT_AUTHENTICATED(4003, Then.RESUME, "a payload was sent before identifying"),
    AUTHENTICATION_FAILED(4004, Then.STOP, "token must be a valid bot token but Discord refused it"),
    ALREADY_AUTHENTICATED(4005, Then.RESUME, "the session was identified twice"),
    INVALID_SEQUENCE(4007, Then.IDENTIFY, "the gateway did not know the sequence number to resume from"),
    RATE_LIMITED(4008, Then.RESUME, "payloads were sent too quickly"),
    SESSION_TIMED_OUT(4009, Then.IDENTIFY, "the session timed out"),
    INVALID_SHARD(4010, Then.STOP, "the gateway refused the shard"),
    SHARDING_REQUIRED(4011, Then.STOP, "the bot is in too many servers for one connection"),
    INVALID_API_VERSION(4012, Then.STOP, "the gateway no longer speaks API version 10"),
    INVALID_INTENTS(4013, Then.STOP, "the gateway refused the intents as malformed"),
    DISALLOWED_INTENTS(
            4014,
            Then.STOP,
            "the MESSAGE CONTENT intent must be switched on for this bot in Discord's developer portal but is off"),
    OTHER(0, Then.RESUME, "the gateway closed the connection with an unknown code");

    /** What comes after the close. */
    enum Then {
        /** Connect again and resume the session, if there is one. */
        RESUME,
        /** Connect again and begin a new session. */
        IDENTIFY,
        /** Never connect again: it would fail in the same way, and each attempt counts against the bot. */
        STOP
    }

    private final int code;
    private final Then then;
    private final String meaning;

    CloseCode(int code, Then then, String meaning) {
        this.code = code;
        this.then = then;
        this.meaning = meaning;
    }

    static CloseCode of(int code) {
        for (CloseCode known : values()) {
            if (known.code == code) {
                return known;
            }
        }
        return OTHER;
    }

    Then then() {
        return then;
    }

    String meaning() {
        return meaning;
    }
}
