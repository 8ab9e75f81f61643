package io.penstock.daemon.detect;

/** The lower factor of a positive definite matrix, and what is solved with it. */
final class Cholesky {
    private final double[][] lower;

    /** @throws IllegalArgumentException when the matrix is not positive definite */
    Cholesky(double[][] matrix) {
        int n = matrix.length;
        lower = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j <= i; j++) {
                double sum = matrix[i][j];
                for (int k = 0; k < j; k++) {
                    sum -= lower[i][k] * lower[j][k];
                }
                if (i != j) {
                    lower[i][j] = sum / lower[j][j];
                } else if (sum > 0) {
                    lower[i][i] = Math.sqrt(sum);
                } else {
                    throw new IllegalArgumentException("factored a covariance matrix: row " + i
                            + " is not positive definite; raise the shrinkage");
                }
            }
        }
    }

    /** {@code x' M^-1 x}. */
    double distance(double[] x) {
        double sum = 0;
        double[] y = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            double value = x[i];
            for (int k = 0; k < i; k++) {
                value -= lower[i][k] * y[k];
            }
            y[i] = value / lower[i][i];
            sum += y[i] * y[i];
        }
        return sum;
    }
}
