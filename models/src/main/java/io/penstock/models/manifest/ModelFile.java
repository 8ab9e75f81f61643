package io.penstock.models.manifest;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One file of a model.
 *
 * @param name its plain name in the model's folder
 * @param member where it lies in the package or on the class path
 * @param bytes its exact size; 0 when unknown (a file of the site's own, or one that a signed bundle must state)
 * @param sha256 lower-case hexadecimal; null when nobody stated it
 */
public record ModelFile(
        String name, String member, long bytes, @Nullable String sha256) {
    private static final Pattern PLAIN_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9 ._+()\\[\\]-]{0,200}");
    private static final Pattern HEX_64 = Pattern.compile("[0-9a-f]{64}");

    public ModelFile {
        if (!PLAIN_NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("file name \"" + name + "\" is not a plain name");
        }
        if (member.isBlank() || member.contains("..")) {
            throw new IllegalArgumentException("member \"" + member + "\" of file " + name + " is not a plain path");
        }
        if (bytes < 0) {
            throw new IllegalArgumentException("file " + name + ": bytes is " + bytes + ", expected 0 or more");
        }
        if (sha256 != null && !HEX_64.matcher(sha256).matches()) {
            throw new IllegalArgumentException(
                    "file " + name + ": sha256 is \"" + sha256 + "\", expected 64 lower-case hexadecimal digits");
        }
    }
}
