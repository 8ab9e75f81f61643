package io.penstock.models.onnx;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/**
 * A BERT embedder: the vector of the first token, brought to unit length. One text at a time on one thread: a batch of
 * several changes the int8 vectors, and a second thread costs double the processor time.
 */
public final class OnnxEmbedder {
    /** Tokens the model reads; longer texts are cut. */
    public static final int MAX_TOKENS = 512;

    /** Numbers a vector of any model of this kind has at most. */
    private static final int MOST_NUMBERS = 8_192;

    private final OrtEnvironment environment;
    private final OrtSession session;
    private final WordPiece tokenizer;
    private final String output;
    private final int width;
    /** What the runtime reads and writes in place, as long as the longest text: a text uses the beginning. */
    private final LongBuffer ids = filled(0);

    private final LongBuffer mask = filled(1);
    private final LongBuffer types = filled(0);
    private final FloatBuffer hidden;

    private OnnxEmbedder(
            OrtEnvironment environment, OrtSession session, WordPiece tokenizer, String output, int width) {
        this.environment = environment;
        this.session = session;
        this.tokenizer = tokenizer;
        this.output = output;
        this.width = width;
        this.hidden = direct(MAX_TOKENS * width * Float.BYTES).asFloatBuffer();
    }

    /**
     * Loads a model.
     *
     * @param natives folder with libonnxruntime.so and its Java bridge
     * @throws OnnxFailure with the runtime's own reason
     */
    public static OnnxEmbedder load(Path model, Path tokenizerJson, Path natives) throws OnnxFailure {
        System.setProperty("onnxruntime.native.path", natives.toString());
        try {
            WordPiece tokenizer = WordPiece.read(tokenizerJson);
            OrtEnvironment environment =
                    OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR, "penstock");
            try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
                options.setIntraOpNumThreads(1);
                options.setInterOpNumThreads(1);
                // what a text of 512 tokens takes would stay reserved: 58 MB; without, no text costs more
                options.setCPUArenaAllocator(false);
                options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
                return of(environment, environment.createSession(model.toString(), options), tokenizer);
            }
        } catch (IOException | IllegalArgumentException e) {
            throw new OnnxFailure("reading tokenizer " + tokenizerJson + " failed: " + e.getMessage(), e);
        } catch (OrtException e) {
            throw new OnnxFailure("ONNX Runtime refuses model file " + model + ": " + e.getMessage(), e);
        }
    }

    private static OnnxEmbedder of(OrtEnvironment environment, OrtSession session, WordPiece tokenizer)
            throws OrtException, OnnxFailure {
        Map.Entry<String, NodeInfo> first =
                session.getOutputInfo().entrySet().iterator().next();
        long[] shape = first.getValue().getInfo() instanceof TensorInfo tensor ? tensor.getShape() : new long[0];
        if (shape.length != 3 || shape[2] < 1 || shape[2] > MOST_NUMBERS) {
            throw new OnnxFailure("the model's first output " + first.getKey() + " has the shape "
                    + Arrays.toString(shape) + ", expected [texts, tokens, numbers]: it is no BERT embedder");
        }
        return new OnnxEmbedder(environment, session, tokenizer, first.getKey(), (int) shape[2]);
    }

    /** The text's vector of unit length. Not for several threads at once. */
    public float[] embed(String text) throws OnnxFailure {
        int[] tokens = tokenizer.ids(text, MAX_TOKENS);
        ids.clear();
        for (int token : tokens) {
            ids.put(token);
        }
        long[] shape = {1, tokens.length};
        try (OnnxTensor inputIds = OnnxTensor.createTensor(environment, ids.flip(), shape);
                OnnxTensor ones = OnnxTensor.createTensor(environment, mask.limit(tokens.length), shape);
                OnnxTensor zeros = OnnxTensor.createTensor(environment, types.limit(tokens.length), shape);
                OnnxTensor vectors = OnnxTensor.createTensor(
                        environment, hidden.clear().limit(tokens.length * width), new long[] {1, tokens.length, width
                        });
                OrtSession.Result result = session.run(
                        Map.of("input_ids", inputIds, "attention_mask", ones, "token_type_ids", zeros),
                        Map.of(output, vectors))) {
            float[] vector = new float[width];
            hidden.get(vector);
            return unit(vector);
        } catch (OrtException e) {
            throw new OnnxFailure("embedding a text of " + tokens.length + " tokens failed: " + e.getMessage(), e);
        }
    }

    private static LongBuffer filled(long value) {
        LongBuffer all = direct(MAX_TOKENS * Long.BYTES).asLongBuffer();
        while (all.hasRemaining()) {
            all.put(value);
        }
        return all.flip();
    }

    private static ByteBuffer direct(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }

    private static float[] unit(float[] vector) {
        double squares = 0;
        for (float value : vector) {
            squares += (double) value * value;
        }
        double length = Math.sqrt(squares);
        if (length == 0) {
            return vector;
        }
        for (int i = 0; i < vector.length; i++) {
            vector[i] = (float) (vector[i] / length);
        }
        return vector;
    }
}
