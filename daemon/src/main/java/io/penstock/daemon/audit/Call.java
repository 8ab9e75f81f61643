package io.penstock.daemon.audit;

/**
 * One request to a model, as a log has it.
 *
 * @param model the name the log gives it; empty where it gives none
 * @param instruction start of the system prompt, bounded
 * @param ask what the user wanted: start and end of the last user message, bounded
 * @param body text that is searched for what must not leave the house, bounded
 * @param inputTokens read; estimated from the characters where the log does not say
 * @param outputTokens written; 0 where neither tokens nor answer are in the log
 * @param estimated whether a token count is an estimate of {@link #CHARACTERS_PER_TOKEN}
 * @param cost as the log has it, in the log's currency; NaN where it has none
 */
public record Call(
        String model,
        String instruction,
        String ask,
        String body,
        long inputTokens,
        long outputTokens,
        boolean estimated,
        double cost) {
    /** English prose has about four characters a token in the common vocabularies. */
    public static final double CHARACTERS_PER_TOKEN = 4;

    /** Longest text that is looked through for sensitive matter. */
    public static final int LONGEST_BODY = 32_768;

    private static final int INSTRUCTION = 200;
    // what is wanted stands at the start or at the end; between them lies the text it is wanted of
    private static final int ASK_START = 240;
    private static final int ASK_END = 120;

    /**
     * @param system the whole system prompt
     * @param user the whole last user message
     * @param all the whole prompt
     * @param tokensIn tokens read, or -1 where the log does not say
     * @param tokensOut tokens written, or -1
     * @param answerLength characters of the answer, or -1
     */
    static Call of(
            String model,
            String system,
            String user,
            CharSequence all,
            long tokensIn,
            long tokensOut,
            long answerLength,
            double cost) {
        return new Call(
                model.length() > 100 ? model.substring(0, 100) : model,
                start(system, INSTRUCTION),
                user.length() <= ASK_START + ASK_END
                        ? user
                        : start(user, ASK_START) + " ... " + user.substring(user.length() - ASK_END),
                all.subSequence(0, Math.min(all.length(), LONGEST_BODY)).toString(),
                tokensIn >= 0 ? tokensIn : Math.round(all.length() / CHARACTERS_PER_TOKEN),
                tokensOut >= 0 ? tokensOut : Math.round(Math.max(0, answerLength) / CHARACTERS_PER_TOKEN),
                tokensIn < 0 || tokensOut < 0,
                cost);
    }

    private static String start(String text, int length) {
        return text.length() <= length ? text : text.substring(0, length);
    }

    /** What the router is asked about. */
    public String question() {
        return instruction.isEmpty() ? ask : instruction + "\n" + ask;
    }
}
