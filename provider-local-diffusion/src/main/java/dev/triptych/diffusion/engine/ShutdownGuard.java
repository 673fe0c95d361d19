package dev.triptych.diffusion.engine;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtLoggingLevel;
import java.lang.System.Logger.Level;
import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Method;

/**
 * Lets the process end while a model runs. ONNX Runtime's environment frees itself in a shutdown hook, and hooks run
 * beside each other and beside work that has not ended: a model that runs then reads freed memory, and the process
 * crashes instead of ending. The native environment counts its users, so one more, who never leaves, keeps it until the
 * process is gone. Its Java class offers no way to be one; hence the reflection.
 */
final class ShutdownGuard {

    private static final System.Logger LOG = System.getLogger(ShutdownGuard.class.getName());

    private ShutdownGuard() {}

    /** Adds the user. Where that is impossible things stay as they are without us. */
    static void keepAlive(OrtEnvironment environment) {
        try {
            Class<?> library = Class.forName(
                    OrtEnvironment.class.getPackageName() + ".OnnxRuntime",
                    true,
                    OrtEnvironment.class.getClassLoader());
            Field apiHandle = library.getDeclaredField("ortApiHandle");
            apiHandle.setAccessible(true);
            Method create = OrtEnvironment.class.getDeclaredMethod("createHandle", long.class, int.class, String.class);
            create.setAccessible(true);
            create.invoke(
                    null, apiHandle.getLong(null), OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR.getValue(), "triptych");
        } catch (ReflectiveOperationException | InaccessibleObjectException | LinkageError e) {
            LOG.log(Level.DEBUG, "Ending the process while a model runs may crash it in {0}: {1}", environment, e);
        }
    }
}
