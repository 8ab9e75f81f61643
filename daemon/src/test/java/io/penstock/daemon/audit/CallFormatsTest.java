package io.penstock.daemon.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CallFormatsTest {
    private static final String CHAT = """
            {"model":"gpt-x","messages":[{"role":"system","content":"You sort tickets."},{"role":"user","content":"My\
             pump leaks"}],"usage":{"prompt_tokens":21,"completion_tokens":3}}""";

    private static Call parsed(CallOutcome outcome) {
        assertThat(outcome).isInstanceOf(CallOutcome.Parsed.class);
        return ((CallOutcome.Parsed) outcome).call();
    }

    @Test
    void chatRequestsGiveModelInstructionAskAndTokens() {
        Call call = parsed(JsonCalls.read(CHAT));
        assertThat(call.model()).isEqualTo("gpt-x");
        assertThat(call.instruction()).isEqualTo("You sort tickets.");
        assertThat(call.ask()).isEqualTo("My pump leaks");
        assertThat(call.inputTokens()).isEqualTo(21);
        assertThat(call.outputTokens()).isEqualTo(3);
        assertThat(call.estimated()).isFalse();
        assertThat(call.cost()).isNaN();
    }

    @Test
    void batchFormKeepsRequestAndResponseApart() {
        Call call = parsed(JsonCalls.read("""
                {"custom_id":"1","request":{"body":{"model":"a","input":"Is it hot?","instructions":"Short."}},
                 "response":{"body":{"usage":{"input_tokens":9,"output_tokens":2}}}}"""));
        assertThat(call.ask()).isEqualTo("Is it hot?");
        assertThat(call.instruction()).isEqualTo("Short.");
        assertThat(call.inputTokens()).isEqualTo(9);
        assertThat(call.outputTokens()).isEqualTo(2);
    }

    @Test
    void liteLlmPayloadBringsItsCost() {
        Call call = parsed(JsonCalls.read("""
                {"call_type":"acompletion","model":"b","messages":[{"role":"user","content":[{"type":"text","text":"hello"}]}],
                 "prompt_tokens":4,"completion_tokens":6,"response_cost":0.00123}"""));
        assertThat(call.cost()).isEqualTo(0.00123);
        assertThat(call.inputTokens()).isEqualTo(4);
        assertThat(call.ask()).isEqualTo("hello");
    }

    @Test
    void missingTokensAreEstimatedAndSaidToBe() {
        Call call = parsed(JsonCalls.read("""
                {"model":"c","prompt":"12345678","choices":[{"text":"abcd"}]}"""));
        assertThat(call.estimated()).isTrue();
        assertThat(call.inputTokens()).isEqualTo(2);
        assertThat(call.outputTokens()).isEqualTo(1);
    }

    @Test
    void vllmsLogLineGivesPromptAndItsTokens() {
        Call call = parsed(
                VllmCalls.read(
                        "INFO 07-02 12:00:00 logger.py:39] Received request cmpl-1: prompt: 'Say\\nhi',"
                                + " params: SamplingParams(n=1, max_tokens=16), prompt_token_ids: [1, 2, 3], lora_request: None."));
        assertThat(call.ask()).isEqualTo("Say\nhi");
        assertThat(call.inputTokens()).isEqualTo(3);
        assertThat(call.outputTokens()).isZero();
        assertThat(call.estimated()).isTrue();
        assertThat(VllmCalls.read("INFO 07-02 12:00:00 metrics.py:1] Avg throughput"))
                .isInstanceOf(CallOutcome.Other.class);
    }

    @Test
    void csvRowsAreReadByTheirMapping() {
        CsvCalls csv = new CsvCalls(Map.of("prompt", "q", "cost", "usd", "input_tokens", "in"));
        Call call = parsed(csv.read(Map.of("q", "Is it on?", "usd", "$0.5", "in", "12")));
        assertThat(call.cost()).isEqualTo(0.5);
        assertThat(call.inputTokens()).isEqualTo(12);
        assertThat(csv.read(Map.of("q", "Is it on?", "in", "many"))).isInstanceOf(CallOutcome.Rejected.class);
        assertThat(csv.read(Map.of("q", " "))).isInstanceOf(CallOutcome.Rejected.class);
        assertThat(csv.missing(java.util.Set.of("q", "in")).orElse("")).contains("no column usd");
        assertThatThrownBy(() -> new CsvCalls(Map.of("promt", "q"))).hasMessageContaining("expected one of");
        assertThatThrownBy(() -> new CsvCalls(Map.of("cost", "q"))).hasMessageContaining("prompt");
    }

    @Test
    void whatIsNoRequestIsRejectedWithAReason() {
        for (String line :
                List.of("{\"model\":\"a\"}", "{\"messages\":[]}", "[1,2]", "{\"messages\":", "{\"prompt\":7}")) {
            assertThat(JsonCalls.read(line)).as(line).isInstanceOf(CallOutcome.Rejected.class);
        }
        assertThat(JsonCalls.read(" ")).isInstanceOf(CallOutcome.Other.class);
    }

    @Test
    void aPromptOfAMegabyteIsKeptInPiecesOnly() {
        Call call = parsed(JsonCalls.read("{\"prompt\":\"" + "word ".repeat(200_000) + "\"}"));
        assertThat(call.inputTokens()).isEqualTo(250_000);
        assertThat(call.body()).hasSize(Call.LONGEST_BODY);
        assertThat(call.ask().length()).isLessThan(400);
    }

    static LongStream seeds() {
        return LongStream.range(0, 40);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void noDamagedLineEndsTheReading(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 500; i++) {
            byte[] bytes = CHAT.getBytes(StandardCharsets.UTF_8);
            for (int damage = random.nextInt(6); damage >= 0; damage--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            String line = new String(bytes, 0, random.nextInt(bytes.length + 1), StandardCharsets.UTF_8);
            assertThat(JsonCalls.read(line)).isNotNull();
            assertThat(VllmCalls.read(VllmCalls.MARK + line)).isNotNull();
        }
    }
}
