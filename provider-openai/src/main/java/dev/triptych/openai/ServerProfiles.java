package dev.triptych.openai;

import java.util.List;
import java.util.Optional;

/** The dialects there are. A new one is a class and a line here. */
final class ServerProfiles {

    private static final List<ServerProfile> ALL = List.of(
            new OpenAiProfile(),
            new AzureProfile(),
            new CompatibleProfile(),
            new TableProfile("xai"),
            new TableProfile("recraft"),
            new TableProfile("ark"),
            new TableProfile("together"),
            new TableProfile("fireworks"),
            new TableProfile("deepinfra"),
            new HuggingFaceProfile(),
            new StabilityProfile(),
            new GeminiProfile(),
            new OpenRouterProfile(),
            new BflProfile(),
            new FalProfile(),
            new ReplicateProfile(),
            new A1111Profile());

    private ServerProfiles() {}

    /** The profile called {@code id}. */
    static Optional<ServerProfile> of(String id) {
        return ALL.stream().filter(profile -> profile.id().equals(id)).findFirst();
    }

    /** All names, in order. */
    static List<String> ids() {
        return ALL.stream().map(ServerProfile::id).toList();
    }
}
