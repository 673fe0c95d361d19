package dev.triptych.diffusion.hub;

import dev.triptych.ErrorOrigin;
import dev.triptych.GenerationContext;
import dev.triptych.GenerationEvent;
import dev.triptych.ModelLoadException;
import dev.triptych.Outcome;
import dev.triptych.ProviderUnavailableException;
import dev.triptych.diffusion.error.LocalErrors;
import dev.triptych.storage.FileMutex;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BooleanSupplier;

/**
 * Fetches one content into a folder: goes on where an earlier process ended, holds what came against its hash, and
 * moves it to its place whole. A content that is wrong is thrown away and fetched once more from the beginning.
 *
 * <p>Two processes that want the same take turns by a lock file. That is against double work alone: Python's locks and
 * ours do not see each other on Linux, and some network file systems give a lock to everybody. Where a lock cannot be
 * had the content is fetched under a name of this process's own; what is published is checked and renamed either way.
 */
final class ContentFetcher {

    private static final System.Logger LOG = System.getLogger(ContentFetcher.class.getName());

    private static final Duration LOOK = Duration.ofMillis(500);

    /** How many looks without any progress of the other process before we no longer wait for it: a minute. */
    private static final int PATIENCE = 120;

    private final HubHttp http;
    private final Space space;
    private final long piece;

    ContentFetcher(HubHttp http, Space space, long piece) {
        this.http = http;
        this.space = space;
        this.piece = piece;
    }

    /**
     * A content to fetch.
     *
     * @param what its name in events and errors
     * @param etag its hash: sha256 or git's, and its name while it grows
     * @param size bytes; -1 where nobody knows
     * @param source where it comes from
     * @param host whom to name in errors
     * @param folder where it grows; on the disk where it is to be
     * @param lock the file by which processes take turns
     * @param isThere whether somebody else has put it in its place meanwhile
     * @param place puts it in its place
     */
    record Wanted(
            String what,
            String etag,
            long size,
            Download.Source source,
            String host,
            Path folder,
            Path lock,
            BooleanSupplier isThere,
            Place place) {}

    /** Puts a whole and checked file in its place. */
    @FunctionalInterface
    interface Place {
        void put(Path whole) throws IOException;
    }

    /**
     * Fetches {@code wanted} unless it is there when its turn comes.
     *
     * @throws ModelLoadException if the server's file is not the one that was wanted, or the disk is full
     * @throws ProviderUnavailableException if the server cannot be reached; what came is kept
     */
    void fetch(Wanted wanted, GenerationContext context) {
        try {
            Files.createDirectories(wanted.folder());
        } catch (IOException e) {
            throw disk(wanted, e);
        }
        String mark = "";
        Watch other = new Watch();
        while (!wanted.isThere().getAsBoolean()) {
            if (mark.isEmpty() ? inTurn(wanted, context) : fetched(wanted, mark, context)) {
                return;
            }
            if (other.stoodStill(wanted)) {
                mark = ownMark();
            } else {
                http.pause(LOOK, context);
            }
        }
    }

    private static String ownMark() {
        return "." + UUID.randomUUID().toString().substring(0, 8);
    }

    /** Fetches it if nobody else does; where there are no locks, under a name of its own. */
    private boolean inTurn(Wanted wanted, GenerationContext context) {
        try {
            Files.createDirectories(wanted.lock().toAbsolutePath().getParent());
            return FileMutex.at(wanted.lock())
                    .ifFree(() -> wanted.isThere().getAsBoolean() || fetched(wanted, "", context));
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, () -> wanted.lock() + " cannot be locked: " + HubErrors.reason(e));
            return fetched(wanted, ownMark(), context);
        }
    }

    /** Whether the other process makes progress. */
    private static final class Watch {
        private long seen = -1;
        private int looks;

        boolean stoodStill(Wanted wanted) {
            long now = grown(wanted);
            looks = now == seen ? looks + 1 : 0;
            if (seen < 0) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        () -> "waiting for another process that downloads " + wanted.what() + " (" + wanted.lock()
                                + ")");
            }
            seen = now;
            return looks >= PATIENCE;
        }

        private long grown(Wanted wanted) {
            try {
                return Files.size(wanted.folder().resolve(wanted.etag() + ".triptych.incomplete"));
            } catch (IOException e) {
                return 0;
            }
        }
    }

    private boolean fetched(Wanted wanted, String mark, GenerationContext context) {
        Optional<String> wrong = attempt(wanted, mark, context);
        if (wrong.isPresent()) {
            wrong = attempt(wanted, mark, context);
        }
        if (wrong.isPresent()) {
            throw new ModelLoadException(wanted.what() + " must have the hash " + wanted.etag() + " but what "
                    + wanted.host() + " sent, twice, has " + wrong.get() + "; it was thrown away");
        }
        return true;
    }

    /** Empty if all went well, else the wrong hash of what came and was thrown away. */
    private Optional<String> attempt(Wanted wanted, String mark, GenerationContext context) {
        long[] kept = {0};
        try (PartFile part = PartFile.open(wanted.folder(), wanted.etag(), wanted.size(), piece, mark)) {
            requireSpace(wanted, part.doneBytes());
            try {
                new Download(http, wanted.source(), part, wanted.what(), context).run();
                String found = Contents.hash(part.file(), wanted.etag(), context);
                if (!found.equals(wanted.etag())) {
                    part.delete();
                    return Optional.of(found);
                }
                if (wanted.size() < 0) { // only now is it known how much there was
                    context.emit(new GenerationEvent.Downloading(wanted.what(), part.doneBytes(), part.doneBytes()));
                }
                part.force();
            } catch (Download.WrongLengthException e) {
                part.delete();
                throw e;
            } finally {
                kept[0] = part.doneBytes();
                if (!mark.isEmpty()) {
                    part.forgetCounters();
                }
            }
            put(wanted, part);
            return Optional.empty();
        } catch (Download.WrongLengthException e) {
            throw new ModelLoadException(HubErrors.reason(e), e);
        } catch (PartFile.DiskException e) {
            throw disk(wanted, e);
        } catch (IOException e) {
            context.checkActive(LocalErrors.PROVIDER, Outcome.NOT_SENT);
            throw new ProviderUnavailableException(
                    wanted.host() + " could not send " + wanted.what() + ": " + HubErrors.reason(e)
                            + (kept[0] > 0 ? "; " + Space.text(kept[0]) + " are kept, the next try goes on there" : ""),
                    ErrorOrigin.of(LocalErrors.PROVIDER, Outcome.NOT_SENT),
                    e);
        }
    }

    private static void put(Wanted wanted, PartFile part) {
        try {
            wanted.place().put(part.file());
            part.forgetCounters();
        } catch (IOException e) {
            throw disk(wanted, e);
        }
    }

    private void requireSpace(Wanted wanted, long done) {
        if (wanted.size() > 0) {
            requireSpace(wanted.what(), wanted.folder(), wanted.size() - done);
        }
    }

    /**
     * Goes on if {@code bytes} more fit into {@code folder}.
     *
     * @throws ModelLoadException if not
     */
    void requireSpace(String what, Path folder, long bytes) {
        long free;
        try {
            free = space.free(folder);
        } catch (IOException e) {
            return; // then the disk itself says when it is full
        }
        if (free > 0 && free < bytes) {
            throw new ModelLoadException(what + " needs " + Space.text(bytes) + " in " + folder + " but "
                    + Space.text(free) + " are free there");
        }
    }

    private static ModelLoadException disk(Wanted wanted, IOException e) {
        return new ModelLoadException(
                wanted.what() + " cannot be written to " + wanted.folder() + ": " + HubErrors.reason(e)
                        + "; what is there is kept, the next try goes on there",
                e);
    }
}
