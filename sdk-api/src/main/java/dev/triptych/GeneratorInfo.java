package dev.triptych;

/**
 * Who a generator is.
 *
 * @param name the name given in the configuration, such as {@code "studio"}
 * @param provider the provider's id, such as {@code "openai"}, {@code "local"} or {@code "discord"}
 * @param model the model's id or checkpoint's name
 * @param revision the model's revision or weights hash; {@code ""} where the provider does not say, or until it is
 *     known
 * @param local whether the pictures are made on this machine
 */
public record GeneratorInfo(String name, String provider, String model, String revision, boolean local) {

    /** This generator under another name. */
    public GeneratorInfo withName(String newName) {
        return new GeneratorInfo(newName, provider, model, revision, local);
    }
}
