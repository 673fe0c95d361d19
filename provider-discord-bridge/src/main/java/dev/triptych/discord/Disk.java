package dev.triptych.discord;

import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** How the {@link JobJournal} reaches the disk: every moment at which a dying process leaves another journal behind. */
interface Disk {

    /** Writes {@code bytes} at the end of {@code out}. */
    void write(FileOutputStream out, byte[] bytes) throws IOException;

    /** Returns when the disk has everything that was written to {@code out}. */
    void force(FileOutputStream out) throws IOException;

    /** Puts {@code fresh} in the place of {@code old}, whole or not at all. */
    void replace(Path fresh, Path old) throws IOException;

    /** This machine's. */
    static Disk system() {
        return new Disk() {
            @Override
            public void write(FileOutputStream out, byte[] bytes) throws IOException {
                out.write(bytes);
            }

            @Override
            public void force(FileOutputStream out) throws IOException {
                out.getFD().sync();
            }

            @Override
            public void replace(Path fresh, Path old) throws IOException {
                Files.move(fresh, old, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            }
        };
    }
}
