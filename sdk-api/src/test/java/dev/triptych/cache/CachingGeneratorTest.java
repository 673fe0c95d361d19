package dev.triptych.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.CacheStatus;
import dev.triptych.Capabilities;
import dev.triptych.ErrorOrigin;
import dev.triptych.ForwardingGenerator;
import dev.triptych.GenerationCancelledException;
import dev.triptych.GenerationContext;
import dev.triptych.GenerationEvent;
import dev.triptych.GenerationWarning;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.ModelLoadException;
import dev.triptych.Outcome;
import dev.triptych.ProviderUnavailableException;
import dev.triptych.resilience.FallbackGenerator;
import dev.triptych.resilience.FallbackSettings;
import dev.triptych.resilience.GuardParts;
import dev.triptych.resilience.GuardSettings;
import dev.triptych.resilience.GuardedGenerator;
import dev.triptych.testkit.FaultyGenerator;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CachingGeneratorTest {

    private static final ImageRequest FOX =
            ImageRequest.builder().prompt("a fox").seed(7).build();

    private final FaultyGenerator studio = FaultyGenerator.named("studio");

    private static CachingGenerator cached(FaultyGenerator generator, CacheSettings settings) {
        return new CachingGenerator(generator, PictureCache.open(settings));
    }

    @Test
    void servesTheSamePictureAgainAndSaysSo() {
        List<GenerationEvent> events = new ArrayList<>();
        CachingGenerator generator = cached(studio, CacheSettings.standard());

        ImageResult first = generator.generate(FOX);
        ImageResult second = generator.generate(
                FOX, GenerationContext.builder().listener(events::add).build());

        assertThat(studio.calls()).isEqualTo(1);
        assertThat(first.execution().cache()).isEqualTo(CacheStatus.MISS);
        assertThat(second.images()).isEqualTo(first.images());
        assertThat(second.image().seed()).hasValue(7);
        assertThat(second.execution().cache()).isEqualTo(CacheStatus.HIT);
        assertThat(second.execution().attempts()).isZero();
        assertThat(events).containsExactly(new GenerationEvent.CacheHit(studio.info()));
    }

    @Test
    void keepsNothingWithoutASeedUnlessAskedToReuse() {
        ImageRequest seedless = ImageRequest.of("a fox");
        CachingGenerator deterministic = cached(studio, CacheSettings.standard());
        FaultyGenerator other = FaultyGenerator.named("other");
        CachingGenerator reusing = cached(other, CacheSettings.standard().withPolicy(CachePolicy.REUSE));
        FaultyGenerator third = FaultyGenerator.named("third");
        CachingGenerator off = cached(third, CacheSettings.standard().withPolicy(CachePolicy.OFF));

        for (int i = 0; i < 2; i++) {
            assertThat(deterministic.generate(seedless).execution().cache()).isEqualTo(CacheStatus.BYPASS);
            reusing.generate(seedless);
            off.generate(FOX);
        }

        assertThat(studio.calls()).isEqualTo(2);
        assertThat(other.calls()).isEqualTo(1);
        assertThat(third.calls()).isEqualTo(2);
    }

    @Test
    void keepsNothingOfAGeneratorWhoseSeedsAreNotDeterministic() {
        FaultyGenerator moody = FaultyGenerator.of(
                "moody",
                FaultyGenerator.standardCapabilities().deterministicSeeds(false).build());
        CachingGenerator generator = cached(moody, CacheSettings.standard());

        generator.generate(FOX);
        generator.generate(FOX);

        assertThat(moody.calls()).isEqualTo(2);
    }

    @Test
    void findsRequestsThatComeToTheSameAfterNegotiationAndWarnsEachOfItsOwn() {
        CachingGenerator generator = cached(studio, CacheSettings.standard());
        ImageRequest odd = FOX.toBuilder().size(17, 17).build();
        ImageRequest even = FOX.toBuilder().size(16, 16).build();

        ImageResult adapted = generator.generate(odd);
        ImageResult exact = generator.generate(even);
        ImageResult adaptedAgain = generator.generate(odd);

        assertThat(studio.calls()).isEqualTo(1);
        assertThat(adapted.warnings()).extracting(GenerationWarning::field).containsExactly("size");
        assertThat(exact.warnings()).isEmpty();
        assertThat(adaptedAgain.warnings()).isEqualTo(adapted.warnings());
    }

    @Test
    void tellsModelsRevisionsAndPromptsApart() {
        ImageRequest owl = FOX.toBuilder().prompt("an owl").build();

        CacheKey key = CacheKey.of(studio.info(), "", FOX);

        assertThat(key).isEqualTo(CacheKey.of(studio.info().withName("other"), "", FOX));
        assertThat(List.of(
                        CacheKey.of(studio.info(), "", owl),
                        CacheKey.of(studio.info(), "{steps=9}", FOX),
                        CacheKey.of(info("faulty", "tiny", "2"), "", FOX),
                        CacheKey.of(info("faulty", "large", "1"), "", FOX),
                        CacheKey.of(info("else", "tiny", "1"), "", FOX)))
                .doesNotContain(key)
                .doesNotHaveDuplicates();
        assertThat(key.hex()).matches("[0-9a-f]{64}");
    }

    private static GeneratorInfo info(String provider, String model, String revision) {
        return new GeneratorInfo("studio", provider, model, revision, true);
    }

    @Test
    void neverKeepsAFallbacksPictureOrAPartialResult() {
        studio.failNext(new ProviderUnavailableException(
                "no route", ErrorOrigin.of(FaultyGenerator.PROVIDER, Outcome.NOT_SENT)));
        FaultyGenerator offline = FaultyGenerator.named("offline");
        GuardParts parts = GuardParts.standard();
        FallbackGenerator chain = new FallbackGenerator(
                List.of(
                        GuardedGenerator.of(studio, GuardSettings.none(), parts),
                        GuardedGenerator.of(offline, GuardSettings.none(), parts)),
                FallbackSettings.standard());
        CachingGenerator generator = new CachingGenerator(chain, PictureCache.open(CacheSettings.standard()));

        ImageResult fallback = generator.generate(FOX);
        ImageResult own = generator.generate(FOX);

        assertThat(fallback.execution().servedBy().name()).isEqualTo("offline");
        assertThat(own.execution().servedBy().name()).isEqualTo("studio");
        assertThat(own.execution().cache()).isEqualTo(CacheStatus.MISS);

        studio.failImage(1, new ProviderUnavailableException("gone", ErrorOrigin.of("faulty", Outcome.REJECTED)));
        ImageRequest pair = FOX.toBuilder().count(2).build();
        generator.generate(pair);
        studio.recover();
        assertThat(generator.generate(pair).images()).hasSize(2);
    }

    @Test
    void keepsPicturesOnDiskWithAllThatIsKnownOfThem(@TempDir Path directory) throws Exception {
        CacheSettings settings = CacheSettings.standard().withDirectory(directory);
        ImageRequest pair = FOX.toBuilder()
                .count(2)
                .steps(3)
                .negativePrompt("ein Bär")
                .option("faulty.known", "x")
                .build();
        ImageResult made = cached(studio, settings).generate(pair);

        PictureCache later = PictureCache.open(settings);
        ImageResult again = new CachingGenerator(studio, later).generate(pair);

        assertThat(studio.calls()).isEqualTo(1);
        assertThat(again.images()).isEqualTo(made.images());
        assertThat(again.images())
                .extracting(image -> image.seed().orElseThrow())
                .containsExactly(7L, 8L);
        assertThat(again.execution().effectiveRequest())
                .isEqualTo(made.execution().effectiveRequest());
        assertThat(later.stats().directoryEntries()).isEqualTo(1);
        assertThat(later.stats().directoryPictures()).isEqualTo(2);
        assertThat(later.stats().hits()).isEqualTo(1);
        assertThat(later.verify()).isEqualTo(new CacheVerification(1, 0, 0));
        assertThat(later.clear().directoryEntries()).isEqualTo(1);
        assertThat(later.stats().directoryBytes()).isZero();
    }

    // One flight

    private static CompletableFuture<ImageResult> start(CachingGenerator generator, GenerationContext context) {
        return CompletableFuture.supplyAsync(() -> generator.generate(FOX, context), work -> new Thread(work).start());
    }

    @Test
    void makesOneCallForEqualRequestsAtTheSameTime() throws Exception {
        studio.block();
        CachingGenerator generator = cached(studio, CacheSettings.standard());
        CompletableFuture<ImageResult> leader = start(generator, GenerationContext.create());
        studio.awaitBlocked(1);
        List<CompletableFuture<ImageResult>> followers = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            CompletableFuture<Boolean> asked = new CompletableFuture<>();
            followers.add(start(generator, heard(asked)));
            asked.get();
        }

        studio.release();

        for (CompletableFuture<ImageResult> follower : followers) {
            assertThat(follower.get().images()).isEqualTo(leader.get().images());
        }
        assertThat(studio.calls()).isEqualTo(1);
    }

    /** A context whose clock says when somebody asks how long it may wait for the leader. */
    private static GenerationContext heard(CompletableFuture<Boolean> asked) {
        return GenerationContext.builder()
                .clock(new HeardClock(asked))
                .deadline(Instant.EPOCH.plusSeconds(3600))
                .build();
    }

    private static final class HeardClock extends Clock {
        private final CompletableFuture<Boolean> asked;

        private HeardClock(CompletableFuture<Boolean> asked) {
            this.asked = asked;
        }

        @Override
        public Instant instant() {
            asked.complete(true);
            return Instant.EPOCH;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }

    @Test
    void handsOverWhenTheLeaderIsCancelled() throws Exception {
        studio.block();
        CachingGenerator generator = cached(studio, CacheSettings.standard());
        GenerationContext leading = GenerationContext.create();
        CompletableFuture<ImageResult> leader = start(generator, leading);
        studio.awaitBlocked(1);
        CompletableFuture<ImageResult> follower = start(generator, GenerationContext.create());

        leading.cancellation().cancel();
        assertThatThrownBy(leader::join).hasCauseInstanceOf(GenerationCancelledException.class);
        studio.awaitBlocked(1);
        studio.release();

        assertThat(follower.get().images()).hasSize(1);
        assertThat(studio.calls()).isEqualTo(2);
    }

    @Test
    void letsAFollowerGoThatIsCancelled() throws Exception {
        studio.block();
        CachingGenerator generator = cached(studio, CacheSettings.standard());
        CompletableFuture<ImageResult> leader = start(generator, GenerationContext.create());
        studio.awaitBlocked(1);
        GenerationContext following = GenerationContext.create();
        CompletableFuture<ImageResult> follower = start(generator, following);

        following.cancellation().cancel();

        assertThatThrownBy(follower::join).hasCauseInstanceOf(GenerationCancelledException.class);
        studio.release();
        leader.get();
        assertThat(studio.calls()).isEqualTo(1);
    }

    @Test
    void sharesAnErrorWithThoseThatWait() throws Exception {
        ProviderUnavailableException down =
                new ProviderUnavailableException("down", ErrorOrigin.of("faulty", Outcome.REJECTED));
        studio.block().failAlways(down);
        CachingGenerator generator = cached(studio, CacheSettings.standard());
        CompletableFuture<ImageResult> leader = start(generator, GenerationContext.create());
        studio.awaitBlocked(1);
        CompletableFuture<ImageResult> follower = start(generator, GenerationContext.create());

        studio.release();

        assertThatThrownBy(leader::join).hasCause(down);
        assertThatThrownBy(follower::join).hasCause(down);
    }

    // A generator that cannot say what it is

    /** The fake, which says of itself what {@code said} gives. */
    private ImageGenerator saying(Supplier<Capabilities> said) {
        return new ForwardingGenerator(studio) {
            @Override
            public Capabilities capabilities() {
                return said.get();
            }
        };
    }

    @Test
    void forgetsThatAGeneratorCouldNotSayWhatItCanDo() {
        AtomicInteger asked = new AtomicInteger();
        CachingGenerator generator = new CachingGenerator(
                saying(() -> {
                    if (asked.getAndIncrement() == 0) {
                        throw new ModelLoadException("the disk is away");
                    }
                    return studio.capabilities();
                }),
                PictureCache.open(CacheSettings.standard()));

        assertThat(generator.generate(FOX).execution().cache()).isEqualTo(CacheStatus.BYPASS);
        assertThat(generator.generate(FOX).execution().cache()).isEqualTo(CacheStatus.MISS);
        assertThat(generator.generate(FOX).execution().cache()).isEqualTo(CacheStatus.HIT);
    }

    @Test
    void preparesAGeneratorThatOnlyKnowsItsRevisionOnceItIsLoaded() {
        CachingGenerator generator = new CachingGenerator(
                saying(() -> FaultyGenerator.standardCapabilities()
                        .provisional(studio.prepareCount() == 0)
                        .build()),
                PictureCache.open(CacheSettings.standard()));

        generator.generate(FOX);
        generator.generate(FOX);

        assertThat(studio.prepareCount()).isEqualTo(1);
        assertThat(studio.calls()).isEqualTo(1);
    }

    @Test
    void keepsNoShortResult() {
        CachingGenerator generator = new CachingGenerator(
                GuardedGenerator.of(studio.givingAtMost(1), GuardSettings.none(), GuardParts.standard()),
                PictureCache.open(CacheSettings.standard()));
        ImageRequest pair = FOX.toBuilder().count(2).build();

        assertThat(generator.generate(pair).failures()).hasSize(1);
        studio.givingAtMost(2);

        assertThat(generator.generate(pair).images()).hasSize(2);
        assertThat(generator.generate(pair).execution().cache()).isEqualTo(CacheStatus.HIT);
    }

    @Test
    void handsOverWhenTheLeadersGeneratorIsClosed() throws Exception {
        PictureCache cache = PictureCache.open(CacheSettings.standard());
        CachingGenerator leading = new CachingGenerator(studio.block(), cache);
        FaultyGenerator alike = FaultyGenerator.named("studio");
        CachingGenerator following = new CachingGenerator(alike, cache);
        CompletableFuture<ImageResult> leader = start(leading, GenerationContext.create());
        studio.awaitBlocked(1);
        CompletableFuture<Boolean> asked = new CompletableFuture<>();
        CompletableFuture<ImageResult> follower = start(following, heard(asked));
        asked.get();

        leading.close();

        assertThatThrownBy(leader::join).hasCauseInstanceOf(GenerationCancelledException.class);
        assertThat(follower.get().images()).hasSize(1);
        assertThat(alike.calls()).isEqualTo(1);
    }
}
