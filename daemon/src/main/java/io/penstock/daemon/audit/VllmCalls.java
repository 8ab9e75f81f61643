package io.penstock.daemon.audit;

/**
 * Requests in the log of a vLLM server: {@code ... Received request ID: prompt: '...', params: SamplingParams(...),
 * prompt_token_ids: [...]}. It does not say what was answered: output tokens are 0, and marked as not known.
 */
public final class VllmCalls {
    static final String MARK = "Received request ";
    private static final String PROMPT = "prompt: ";
    private static final String PARAMS = ", params: ";
    private static final String TOKENS = "prompt_token_ids: [";

    private VllmCalls() {}

    public static CallOutcome read(String line) {
        int mark = line.indexOf(MARK);
        if (mark < 0) {
            return new CallOutcome.Other();
        }
        int start = line.indexOf(PROMPT, mark);
        int end = line.lastIndexOf(PARAMS);
        if (start < 0 || end < start + PROMPT.length() + 2) {
            return new CallOutcome.Rejected("is a request without prompt or params");
        }
        // Python's repr: quotes around, line breaks as \n
        String prompt = line.substring(start + PROMPT.length() + 1, end - 1)
                .replace("\\n", "\n")
                .replace("\\t", "\t");
        return new CallOutcome.Parsed(Call.of("", "", prompt, prompt, tokens(line, end), -1, -1, Double.NaN));
    }

    private static long tokens(String line, int from) {
        int list = line.indexOf(TOKENS, from);
        if (list < 0) {
            return -1;
        }
        long count = 1;
        for (int i = list + TOKENS.length(); i < line.length() && line.charAt(i) != ']'; i++) {
            count += line.charAt(i) == ',' ? 1 : 0;
        }
        return count;
    }
}
