package dev.triptych.discord;

import dev.triptych.Operation;
import java.util.List;
import java.util.function.Predicate;

/** Which button below an earlier message is pressed for a request. */
final class ButtonChoice {

    private ButtonChoice() {}

    /**
     * The label of the button for what is asked, among those that {@code parent} has.
     *
     * @param isKnown whether the result that a button brought earlier is known; then it counts although it is disabled
     * @throws dev.triptych.UnsupportedRequestException if it has none
     */
    static String label(ChannelRequest request, PictureId reference, Message parent, Predicate<String> isKnown) {
        List<String> wanted = request.button()
                .map(List::of)
                .orElseGet(() -> usual(request.effective().operation(), reference.tile()));
        List<String> offered = parent.buttons().stream()
                .filter(button -> !button.disabled() || isKnown.test(button.label()))
                .map(Message.Button::label)
                .toList();
        return wanted.stream()
                .filter(offered::contains)
                .findFirst()
                .orElseThrow(() -> Errors.unsupported(
                        "picture must offer one of the buttons " + wanted + " but offers " + offered));
    }

    private static List<String> usual(Operation operation, int tile) {
        if (operation == Operation.UPSCALE) {
            return tile > 0 ? List.of("U" + tile) : List.of("Upscale", "Upscale (Subtle)");
        }
        return tile > 0 ? List.of("V" + tile) : List.of("Vary", "Vary (Strong)", "🔄");
    }
}
