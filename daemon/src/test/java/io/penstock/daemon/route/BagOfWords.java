package io.penstock.daemon.route;

import io.penstock.models.language.TextEmbedder;
import java.time.Duration;
import java.util.Locale;
import java.util.Random;

/** An embedder without a model: a text's vector is the sum of its words' fixed random directions. Shared words are nearness. */
public final class BagOfWords implements TextEmbedder {
    public static final int WIDTH = 64;

    private int asked;

    @Override
    public float[] embed(String text, Duration deadline) {
        asked++;
        return vector(text);
    }

    public static float[] vector(String text) {
        double[] sum = new double[WIDTH];
        for (String word : text.toLowerCase(Locale.ROOT).split("\\W+", -1)) {
            Random random = new Random(word.hashCode() * 31L + 7);
            for (int i = 0; i < WIDTH; i++) {
                sum[i] += random.nextGaussian();
            }
        }
        double norm = 0;
        for (double number : sum) {
            norm += number * number;
        }
        float[] vector = new float[WIDTH];
        for (int i = 0; i < WIDTH; i++) {
            vector[i] = (float) (sum[i] / Math.sqrt(norm));
        }
        return vector;
    }

    public int asked() {
        return asked;
    }

    @Override
    public void close() {}
}
