package dev.triptych.shared;

/** What to say where an optional library is not on the class path. */
final class Missing {

    private Missing() {}

    static String library(String key, String group, String artifact) {
        return key + " needs " + group + ":" + artifact + " on the class path but found none; add <dependency><groupId>"
                + group + "</groupId><artifactId>" + artifact + "</artifactId></dependency> with a version";
    }
}
