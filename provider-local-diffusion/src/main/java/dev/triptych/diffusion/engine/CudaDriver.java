package dev.triptych.diffusion.engine;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Looks for NVIDIA's driver library without loading anything: asking ONNX Runtime instead would first unpack its half
 * gigabyte of CUDA code.
 */
final class CudaDriver {

    private static final List<String> LINUX_FOLDERS = List.of(
            "/usr/lib/x86_64-linux-gnu",
            "/usr/lib64",
            "/usr/lib",
            "/lib/x86_64-linux-gnu",
            "/usr/lib/wsl/lib",
            "/usr/local/nvidia/lib64",
            "/usr/local/cuda/compat",
            "/run/opengl-driver/lib");

    private CudaDriver() {}

    /** The driver's library, if there is one. */
    static Optional<Path> find() {
        boolean windows =
                System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("win");
        Stream<String> folders = windows
                ? Stream.of(Optional.ofNullable(System.getenv("SystemRoot")).orElse("C:\\Windows") + "\\System32")
                : Stream.concat(
                        Stream.of(Optional.ofNullable(System.getenv("LD_LIBRARY_PATH"))
                                .orElse("")
                                .split(File.pathSeparator, -1)),
                        LINUX_FOLDERS.stream());
        return find(folders.filter(folder -> !folder.isBlank()).toList(), windows ? "nvcuda.dll" : "libcuda.so.1");
    }

    static Optional<Path> find(List<String> folders, String library) {
        return folders.stream()
                .flatMap(folder -> inFolder(folder, library).stream())
                .findFirst();
    }

    private static Optional<Path> inFolder(String folder, String library) {
        try {
            return Optional.of(Path.of(folder).resolve(library)).filter(Files::exists);
        } catch (InvalidPathException e) {
            return Optional.empty(); // An odd entry in LD_LIBRARY_PATH is no place for a driver.
        }
    }
}
