package io.penstock.models.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.Map;

/**
 * A BERT embedder: the vector of the first token, brought to unit length. One text at a time on one thread: a batch of
 * several changes the int8 vectors, and a second thread costs double the processor time.
 */
public final class OnnxEmbedder {
    /** Tokens the model reads; longer texts are cut. */
    public static final int MAX_TOKENS = 512;

    private final OrtEnvironment environment;
    private final OrtSession session;
    private final WordPiece tokenizer;

    private OnnxEmbedder(OrtEnvironment environment, OrtSession session, WordPiece tokenizer) {
        this.environment = environment;
        this.session = session;
        this.tokenizer = tokenizer;
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
                options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
                return new OnnxEmbedder(environment, environment.createSession(model.toString(), options), tokenizer);
            }
        } catch (IOException | IllegalArgumentException e) {
            throw new OnnxFailure("reading tokenizer " + tokenizerJson + " failed: " + e.getMessage(), e);
        } catch (OrtException e) {
            throw new OnnxFailure("ONNX Runtime refuses model file " + model + ": " + e.getMessage(), e);
        }
    }

    /** The text's vector of unit length. */
    public float[] embed(String text) throws OnnxFailure {
        int[] ids = tokenizer.ids(text, MAX_TOKENS);
        long[] shape = {1, ids.length};
        try (OnnxTensor inputIds = tensor(shape, ids);
                OnnxTensor mask = tensor(shape, filled(ids.length, 1));
                OnnxTensor types = tensor(shape, filled(ids.length, 0));
                OrtSession.Result result =
                        session.run(Map.of("input_ids", inputIds, "attention_mask", mask, "token_type_ids", types))) {
            if (!(result.get(0) instanceof OnnxTensor hidden)) {
                throw new OnnxFailure("the model's first output is no tensor: it is no BERT embedder");
            }
            long[] outputShape = hidden.getInfo().getShape();
            FloatBuffer values = hidden.getFloatBuffer();
            float[] vector = new float[(int) outputShape[outputShape.length - 1]];
            values.get(vector);
            return unit(vector);
        } catch (OrtException e) {
            throw new OnnxFailure("embedding a text of " + ids.length + " tokens failed: " + e.getMessage(), e);
        }
    }

    private OnnxTensor tensor(long[] shape, int[] values) throws OrtException {
        long[] wide = new long[values.length];
        for (int i = 0; i < values.length; i++) {
            wide[i] = values[i];
        }
        return OnnxTensor.createTensor(environment, LongBuffer.wrap(wide), shape);
    }

    private static int[] filled(int length, int value) {
        int[] all = new int[length];
        java.util.Arrays.fill(all, value);
        return all;
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
