package dev.triptych.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.exception.AuthenticationException;
import dev.langchain4j.exception.ContentFilteredException;
import dev.langchain4j.exception.InternalServerException;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.exception.NonRetriableException;
import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.exception.UnresolvedModelServerException;
import dev.langchain4j.internal.RetryUtils;
import dev.triptych.BudgetExceededException;
import dev.triptych.ContentRejectedException;
import dev.triptych.ErrorOrigin;
import dev.triptych.GenerationCancelledException;
import dev.triptych.ImageGenerationException;
import dev.triptych.ModelLoadException;
import dev.triptych.Outcome;
import dev.triptych.ProviderUnavailableException;
import dev.triptych.RateLimitedException;
import dev.triptych.UnexpectedResponseException;
import dev.triptych.UnsupportedRequestException;
import dev.triptych.testkit.FaultyGenerator;
import java.net.UnknownHostException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ErrorsTest {

    @ParameterizedTest
    @MethodSource("errors")
    void keepsTheCauseAndChoosesTheClass(ImageGenerationException ours, Class<? extends LangChain4jException> theirs) {
        TriptychImageModel model = TriptychImageModel.builder()
                .generator(FaultyGenerator.billed("studio").failAlways(ours))
                .build();

        assertThatThrownBy(() -> model.generate("a fox"))
                .isExactlyInstanceOf(theirs)
                .hasMessage("told so")
                .hasCause(ours);
    }

    static Stream<Arguments> errors() {
        ErrorOrigin notSent = origin(Outcome.NOT_SENT);
        ErrorOrigin rejected = origin(Outcome.REJECTED);
        ErrorOrigin unknown = origin(Outcome.UNKNOWN);
        return Stream.of(
                Arguments.of(
                        new dev.triptych.AuthenticationException("told so", rejected), AuthenticationException.class),
                Arguments.of(new ContentRejectedException("told so", rejected), ContentFilteredException.class),
                Arguments.of(new UnsupportedRequestException("told so", "faulty"), InvalidRequestException.class),
                Arguments.of(new RateLimitedException("told so", rejected), RateLimitException.class),
                Arguments.of(new BudgetExceededException("told so", notSent), NonRetriableException.class),
                Arguments.of(new ProviderUnavailableException("told so", notSent), InternalServerException.class),
                Arguments.of(
                        new ProviderUnavailableException("told so", notSent, new UnknownHostException("studio")),
                        UnresolvedModelServerException.class),
                Arguments.of(new ProviderUnavailableException("told so", unknown), NonRetriableException.class),
                Arguments.of(
                        new UnexpectedResponseException("told so", origin(Outcome.COMPLETED)),
                        NonRetriableException.class),
                Arguments.of(new ModelLoadException("told so"), ModelNotFoundException.class),
                Arguments.of(new GenerationCancelledException("told so", unknown), NonRetriableException.class));
    }

    @Test
    void letsLangChain4jRepeatOnlyWhatCannotHaveBeenBilled() {
        FaultyGenerator lost = FaultyGenerator.billed("studio")
                .failAlways(new ProviderUnavailableException("no answer", origin(Outcome.UNKNOWN)));
        FaultyGenerator refused = FaultyGenerator.billed("studio")
                .failNext(new ProviderUnavailableException("no route", origin(Outcome.NOT_SENT)));

        assertThatThrownBy(() -> RetryUtils.withRetry(() -> model(lost).generate("a fox"), 1))
                .isInstanceOf(NonRetriableException.class);
        RetryUtils.withRetry(() -> model(refused).generate("a fox"), 1);

        assertThat(lost.calls()).isEqualTo(1);
        assertThat(refused.calls()).isEqualTo(2);
    }

    @Test
    void refusesARequestThatNobodyCouldServe() {
        FaultyGenerator generator = FaultyGenerator.named("studio");

        assertThatThrownBy(() -> model(generator).generate("a fox", 0))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessage("count must be between 1 and 1000 but was 0");
        assertThat(generator.calls()).isZero();
    }

    private static TriptychImageModel model(FaultyGenerator generator) {
        return TriptychImageModel.builder().generator(generator).build();
    }

    private static ErrorOrigin origin(Outcome outcome) {
        return ErrorOrigin.of("faulty", outcome);
    }
}
