package dev.triptych.cli;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** Why a file could not be read or written, in words for a person. */
final class IoReason {

    private IoReason() {}

    /** The reason without the file's name, which the exceptions of the JDK repeat or put in its place. */
    static String of(IOException error) {
        if (error instanceof FileSystemException e && e.getReason() != null) {
            return e.getReason();
        }
        if (error instanceof NoSuchFileException) {
            return "no such file or folder";
        }
        if (error instanceof AccessDeniedException) {
            return "access denied";
        }
        if (error instanceof FileAlreadyExistsException) {
            return "a file is in its place";
        }
        if (error instanceof CharacterCodingException) {
            return "it is not UTF-8";
        }
        return error.getMessage() == null ? error.getClass().getSimpleName() : error.getMessage();
    }
}
