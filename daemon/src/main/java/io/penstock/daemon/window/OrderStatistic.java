package io.penstock.daemon.window;

/** The value that would stand at a place if all were sorted, without sorting them (Hoare 1961, Communications of the ACM 4(7), 321). */
final class OrderStatistic {
    private OrderStatistic() {}

    /**
     * The middle value, the upper one of an even number.
     *
     * @param values no NaN among them; the first {@code count} change places
     */
    static double median(double[] values, int count) {
        int wanted = count / 2;
        int low = 0;
        int high = count - 1;
        while (low < high) {
            double pivot = middle(values[low], values[(low + high) >>> 1], values[high]);
            int i = low;
            int j = high;
            while (i <= j) {
                while (values[i] < pivot) {
                    i++;
                }
                while (values[j] > pivot) {
                    j--;
                }
                if (i <= j) {
                    double swap = values[i];
                    values[i++] = values[j];
                    values[j--] = swap;
                }
            }
            if (wanted <= j) {
                high = j;
            } else if (wanted >= i) {
                low = i;
            } else {
                return values[wanted];
            }
        }
        return values[wanted];
    }

    private static double middle(double a, double b, double c) {
        return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
    }
}
