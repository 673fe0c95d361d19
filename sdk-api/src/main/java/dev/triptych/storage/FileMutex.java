package dev.triptych.storage;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.FileLockInterruptionException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One at a time, over the threads of this process and over all processes that use the same lock file. A process that
 * dies lets go. Thread-safe; not reentrant.
 */
public final class FileMutex {

    /*
     * The operating system gives a file lock to a process, not to a thread, and takes it away when the process closes
     * any channel of the file. So within the process a lock of our own comes first, one for each path.
     */
    private static final Map<Path, ReentrantLock> LOCKS = new ConcurrentHashMap<>();

    private final Path file;
    private final ReentrantLock threads;

    private FileMutex(Path file) {
        this.file = file;
        this.threads = LOCKS.computeIfAbsent(file, path -> new ReentrantLock());
    }

    /** The mutex of {@code lockFile}, which is made when it is first locked and never deleted. */
    public static FileMutex at(Path lockFile) {
        return new FileMutex(lockFile.toAbsolutePath().normalize());
    }

    /** What is done under the lock. */
    @FunctionalInterface
    public interface Work<T> {
        /** Does it. */
        T run() throws IOException;
    }

    /**
     * Waits for its turn, then does {@code work}. An interrupt of this thread neither ends the wait nor the work; it is
     * set again afterwards.
     *
     * @throws IOException if the lock file cannot be opened, or as {@code work} does
     */
    @SuppressWarnings("try") // the lock is there to be released
    public <T> T locked(Work<T> work) throws IOException {
        threads.lock();
        boolean interrupted = false;
        try {
            while (true) {
                interrupted |= Thread.interrupted();
                try (FileChannel channel = open();
                        FileLock lock = channel.lock()) {
                    return work.run();
                } catch (FileLockInterruptionException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            threads.unlock();
        }
    }

    /**
     * Does {@code work} if nobody else holds the lock; whether it did.
     *
     * @throws IOException if the lock file cannot be opened, or as {@code work} does
     */
    public boolean ifFree(Work<?> work) throws IOException {
        if (threads.isHeldByCurrentThread() || !threads.tryLock()) {
            return false;
        }
        try (FileChannel channel = open();
                FileLock lock = channel.tryLock()) {
            if (lock == null) {
                return false;
            }
            work.run();
            return true;
        } finally {
            threads.unlock();
        }
    }

    private FileChannel open() throws IOException {
        return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    }
}
