package dev.triptych.diffusion.engine;

import java.io.IOException;
import java.io.InputStream;
import java.lang.System.Logger.Level;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.zip.CRC32;

/**
 * ONNX Runtime's native libraries, unpacked once into a cache folder instead of at every start (27 MB and 0.15 s each
 * time). The folder's name holds a checksum of the library inside the jar, so that versions and builds live side by
 * side. A file is written aside and renamed, so that two processes may unpack at once and a killed one leaves no half
 * file.
 */
final class NativeLibraries {

    private static final System.Logger LOG = System.getLogger(NativeLibraries.class.getName());

    /** Where ONNX Runtime looks for its libraries; read once, when its classes initialise. */
    private static final String PATH_PROPERTY = "onnxruntime.native.path";

    private static final String RESOURCES = "/ai/onnxruntime/native/";
    private static final String CUDA_PROVIDER = "onnxruntime_providers_cuda";

    /** What every session needs; the last is missing in CPU builds of most systems. */
    private static final List<String> LIBRARIES =
            List.of("onnxruntime", "onnxruntime4j_jni", "onnxruntime_providers_shared");

    /** Larger files are not read again at each start. */
    private static final long CHECKED_BYTES = 64L << 20;

    private NativeLibraries() {}

    /**
     * Unpacks the libraries below {@code cache} and tells ONNX Runtime where they are; with {@code cuda} also the large
     * one for CUDA. If that fails, ONNX Runtime unpacks them itself at every start, as it does without us.
     */
    static void prepare(Path cache, boolean cuda) {
        if (System.getProperty(PATH_PROPERTY) != null) {
            return;
        }
        String platform = os() + "-" + architecture();
        try {
            Optional<URL> main = resource(platform, "onnxruntime");
            if (main.isEmpty()) {
                return;
            }
            Path folder = cache.resolve("onnxruntime-" + platform + "-" + checksum(main.get()));
            Files.createDirectories(folder);
            for (String library : LIBRARIES) {
                unpack(platform, library, folder);
            }
            if (cuda) {
                unpack(platform, CUDA_PROVIDER, folder);
            }
            System.setProperty(PATH_PROPERTY, folder.toString());
        } catch (IOException e) {
            LOG.log(
                    Level.DEBUG,
                    "ONNX Runtime unpacks its libraries itself, because {0} cannot be written: {1}",
                    cache,
                    e);
        }
    }

    /** Whether the build of ONNX Runtime on the class path has CUDA for this system. */
    static boolean hasCuda() {
        return resource(os() + "-" + architecture(), CUDA_PROVIDER).isPresent();
    }

    private static void unpack(String platform, String library, Path folder) throws IOException {
        Optional<URL> resource = resource(platform, library);
        if (resource.isEmpty()) {
            return;
        }
        Path target = folder.resolve(System.mapLibraryName(library));
        URLConnection connection = resource.get().openConnection();
        long size = connection.getContentLengthLong();
        if (Files.exists(target) && Files.size(target) == size && isIntact(target, connection)) {
            return;
        }
        Path aside = Files.createTempFile(folder, library, ".part");
        try (InputStream in = connection.getInputStream()) {
            Files.copy(in, aside, StandardCopyOption.REPLACE_EXISTING);
            rename(aside, target);
        } finally {
            Files.deleteIfExists(aside);
        }
    }

    /**
     * Whether {@code file} is what the jar holds: a damaged library ends the process without a word. Reading takes 25
     * ms for 24 MB; the one for CUDA, which is twenty times as large, is believed.
     */
    private static boolean isIntact(Path file, URLConnection connection) throws IOException {
        if (!(connection instanceof JarURLConnection jar) || Files.size(file) > CHECKED_BYTES) {
            return true;
        }
        CRC32 checksum = new CRC32();
        checksum.update(Files.readAllBytes(file));
        return checksum.getValue() == jar.getJarEntry().getCrc();
    }

    private static void rename(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static Optional<URL> resource(String platform, String library) {
        String path = RESOURCES + platform + "/" + System.mapLibraryName(library);
        return Optional.ofNullable(ai.onnxruntime.OrtEnvironment.class.getResource(path));
    }

    /** The checksum that the jar already holds; of a library outside a jar its size and age. */
    private static String checksum(URL library) throws IOException {
        URLConnection connection = library.openConnection();
        if (connection instanceof JarURLConnection jar) {
            return Long.toHexString(jar.getJarEntry().getCrc());
        }
        return Long.toHexString(connection.getContentLengthLong() * 31 + connection.getLastModified());
    }

    private static String os() {
        String name = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        if (name.contains("mac") || name.contains("darwin")) {
            return "osx";
        }
        return name.contains("win") ? "win" : "linux";
    }

    private static String architecture() {
        String name = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
        return name.equals("aarch64") || name.equals("arm64") ? "aarch64" : "x64";
    }
}
