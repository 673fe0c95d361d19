package dev.triptych.config;

import dev.triptych.NearestNames;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The settings that environment variables give.
 *
 * <ul>
 *   <li>{@code TRIPTYCH_DEFAULT} sets {@code default}.
 *   <li>{@code TRIPTYCH_GENERATORS_STUDIO_API_KEY} sets {@code generators.studio.api-key}: first the name of a
 *       generator of the file (or of one that {@code TRIPTYCH_GENERATORS_STUDIO_TYPE} adds), then the key, in capitals
 *       and with {@code _} for {@code -} and {@code .}.
 *   <li>{@code TRIPTYCH_CACHE_DIRECTORY} sets {@code cache.directory}, and so for every section.
 *   <li>Two underscores go one level down: {@code TRIPTYCH_GENERATORS_STUDIO_RETRY__ATTEMPTS} sets
 *       {@code generators.studio.retry.attempts}.
 *   <li>A value that begins with <code>[</code> or <code>{</code> is read as YAML, every other one is a text.
 * </ul>
 *
 * <p>Any other variable that begins with {@code TRIPTYCH_} has no effect. It may belong to something else, so it is no
 * error, but the log names it once with the variable that was probably meant.
 */
final class EnvironmentLayer {

    private static final String PREFIX = "TRIPTYCH_";
    private static final String GENERATORS_PREFIX = PREFIX + "GENERATORS_";
    private static final String TYPE_SUFFIX = "_TYPE";

    private static final System.Logger LOG = System.getLogger(EnvironmentLayer.class.getName());

    /** Read elsewhere. */
    private static final Set<String> OTHERS = Set.of("TRIPTYCH_CLIP");

    /** What the log named already: a configuration is read several times. */
    private static final Set<String> NAMED = ConcurrentHashMap.newKeySet();

    private final Map<String, Object> tree = new LinkedHashMap<>();
    private final Map<String, String> names = new TreeMap<>();

    private EnvironmentLayer() {}

    /** The tree of settings that {@code environment} gives to the generators in {@code known} and to new ones. */
    static Map<String, Object> of(Map<String, String> environment, Set<String> known) {
        EnvironmentLayer layer = new EnvironmentLayer();
        known.forEach(name -> layer.names.put(capitals(name), name));
        Set<String> variables = new TreeSet<>(environment.keySet());
        variables.forEach(layer::addName);
        variables.forEach(variable -> layer.read(variable, environment.getOrDefault(variable, "")));
        layer.unheard(variables).forEach((variable, nearest) -> {
            if (NAMED.add(variable)) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "environment variable {0} has no effect, the nearest is {1}",
                        variable,
                        nearest);
            }
        });
        return layer.tree;
    }

    /** Variables of our prefix that nothing reads, each with the nearest one that something does. */
    static Map<String, String> unheard(Map<String, String> environment, Set<String> known) {
        EnvironmentLayer layer = new EnvironmentLayer();
        known.forEach(name -> layer.names.put(capitals(name), name));
        return layer.unheard(environment.keySet());
    }

    private Map<String, String> unheard(Set<String> variables) {
        Set<String> heard = heard();
        Map<String, String> unheard = new TreeMap<>();
        for (String variable : variables) {
            boolean ours = variable.equals(PREFIX + capitals(ConfigSchema.DEFAULT))
                    || OTHERS.contains(variable)
                    || variable.startsWith(GENERATORS_PREFIX)
                    || section(variable).isPresent();
            if (variable.startsWith(PREFIX) && !ours) {
                unheard.put(variable, NearestNames.to(variable, heard).get(0));
            }
        }
        return unheard;
    }

    private Set<String> heard() {
        Set<String> heard = new TreeSet<>(OTHERS);
        heard.add(PREFIX + capitals(ConfigSchema.DEFAULT));
        ConfigSchema.sections()
                .forEach(section -> section.keys()
                        .forEach(key -> heard.add(PREFIX + capitals(section.name()) + "_" + capitals(key.name()))));
        List<String> keys = new ArrayList<>(List.of("MODEL", "API_KEY", "BASE_URL"));
        ConfigSchema.generatorKeys().forEach(key -> keys.add(capitals(key.name())));
        names.keySet().forEach(name -> keys.forEach(key -> heard.add(GENERATORS_PREFIX + name + "_" + key)));
        return heard;
    }

    private void addName(String variable) {
        if (variable.startsWith(GENERATORS_PREFIX)
                && variable.endsWith(TYPE_SUFFIX)
                && variable.length() > GENERATORS_PREFIX.length() + TYPE_SUFFIX.length()) {
            String name = variable.substring(GENERATORS_PREFIX.length(), variable.length() - TYPE_SUFFIX.length());
            names.putIfAbsent(name, lowerCase(name));
        }
    }

    private void read(String variable, String text) {
        if (variable.equals(PREFIX + capitals(ConfigSchema.DEFAULT))) {
            put(List.of(ConfigSchema.DEFAULT), text, variable);
        } else if (variable.startsWith(GENERATORS_PREFIX)) {
            readGenerator(variable, text);
        } else {
            section(variable)
                    .ifPresent(section -> put(
                            path(List.of(section), variable.substring((PREFIX + capitals(section) + "_").length())),
                            text,
                            variable));
        }
    }

    private static Optional<String> section(String variable) {
        return ConfigSchema.sections().stream()
                .map(ConfigSchema.Section::name)
                .filter(section -> variable.startsWith(PREFIX + capitals(section) + "_"))
                .findFirst();
    }

    private void readGenerator(String variable, String text) {
        String rest = variable.substring(GENERATORS_PREFIX.length());
        Optional<String> owner = names.keySet().stream()
                .filter(name -> rest.startsWith(name + "_") && rest.length() > name.length() + 1)
                .max(Comparator.comparingInt(String::length));
        if (owner.isEmpty()) {
            throw new ConfigException("environment variable " + variable + " must be TRIPTYCH_GENERATORS_NAME_KEY"
                    + " but there is no generator of such a name; known are "
                    + String.join(", ", new TreeSet<>(names.values())));
        }
        String name = names.getOrDefault(owner.get(), owner.get());
        put(
                path(
                        List.of(ConfigSchema.GENERATORS, name),
                        rest.substring(owner.get().length() + 1)),
                text,
                variable);
    }

    private static List<String> path(List<String> start, String rest) {
        List<String> path = new ArrayList<>(start);
        for (String step : rest.split("__", -1)) {
            path.add(lowerCase(step));
        }
        return path;
    }

    private void put(List<String> path, String text, String variable) {
        boolean structured = text.startsWith("[") || text.startsWith("{");
        Object value = structured ? YamlTree.value(text, "environment variable " + variable) : text;
        ConfigTree.put(tree, path, value == null ? "" : value);
    }

    private static String capitals(String name) {
        return name.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]", "_");
    }

    private static String lowerCase(String name) {
        return name.toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
