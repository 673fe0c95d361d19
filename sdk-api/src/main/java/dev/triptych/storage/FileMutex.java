package dev.triptych.storage;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
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
     * Waits for its turn, then does {@code work}.
     *
     * @throws IOException if the lock file cannot be opened, or as {@code work} does
     */
    public <T> T locked(Work<T> work) throws IOException {
        threads.lock();
        try (FileChannel channel = open();
                FileLock lock = channel.lock()) {
            if (!lock.isValid()) {
                throw new IOException("the lock of " + file + " must be valid but was not");
            }
            return work.run();
        } finally {
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
