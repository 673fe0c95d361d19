package dev.triptych.cli;

import dev.triptych.storage.UserFolders;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads the name of a file. {@code ~/} is the user's home, also in quotes, where no shell puts it in. */
final class FileConverter implements ITypeConverter<Path> {

    FileConverter() {}

    @Override
    public Path convert(String text) {
        try {
            return UserFolders.expand(text);
        } catch (InvalidPathException | IllegalStateException e) {
            throw new TypeConversionException(String.valueOf(e.getMessage()));
        }
    }
}
