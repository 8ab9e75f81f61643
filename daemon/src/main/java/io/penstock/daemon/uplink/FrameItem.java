package io.penstock.daemon.uplink;

/** One thing a frame tells. */
public sealed interface FrameItem {
    /** Of a case, as it stands. */
    record Told(Summary summary) implements FrameItem {}

    /** Of the gateway. */
    record Health(NodeHealth health) implements FrameItem {}

    /**
     * A part of a case's whole evidence, which was asked for: {@link CaseSheet} puts the parts together.
     *
     * @param asset place in the site's list
     * @param caseNumber as in {@link Summary}
     * @param version of the case: parts of two versions do not fit together
     * @param part 0 to {@code of} - 1
     */
    @SuppressWarnings("ArrayRecordComponent") // handed on once, never compared
    record SheetPart(int asset, int caseNumber, int version, int part, int of, byte[] bytes) implements FrameItem {
        public SheetPart {
            if (of < 1 || of > CaseSheet.MOST_PARTS || part < 0 || part >= of || bytes.length == 0) {
                throw new IllegalArgumentException("part " + part + " of " + of + " with " + bytes.length
                        + " bytes, expected parts from 0, at most " + CaseSheet.MOST_PARTS);
            }
        }
    }

    /**
     * What became of a command that came down the link.
     *
     * @param keyId of the command's frame
     * @param counter of the command's frame
     */
    record Receipt(int keyId, long counter, Verdict verdict) implements FrameItem {}

    /** Of a newer version, passed over. */
    record Unknown(int kind) implements FrameItem {}

    /** What became of a command. New ones go to the end: their places travel. */
    enum Verdict {
        DONE,
        /** The key's role does not allow it. */
        NOT_ALLOWED,
        /** It names an asset or a case that is not here, or goes beyond what this site lets be changed from afar. */
        REFUSED,
        /** A configuration delta has parts to come. */
        WAITS
    }
}
