package io.penstock.daemon.route;

import io.penstock.daemon.route.SampleSpace.Left;

/** How a mode turns a vector into a route and a score. */
sealed interface Scoring permits Scoring.Centroid, Scoring.Margin, LogisticScoring {
    /**
     * Where a vector stands.
     *
     * @param route index of the best
     * @param score on the mode's scale, held against the threshold
     * @param cosine nearness of the best route
     * @param runnerUp index of the second; {@link SampleSpace#NONE} with a single route
     * @param lead nearness of the best less that of the second; 0 with a single route
     */
    record Standing(int route, double score, double cosine, int runnerUp, double lead) {}

    Standing stand(float[] vector, Left left);

    /** Best and second of a nearness by route, scored by the nearness alone. */
    private static Standing ranked(double[] nearness) {
        int best = 0;
        int second = SampleSpace.NONE;
        for (int r = 1; r < nearness.length; r++) {
            if (nearness[r] > nearness[best]) {
                second = best;
                best = r;
            } else if (second == SampleSpace.NONE || nearness[r] > nearness[second]) {
                second = r;
            }
        }
        double lead = second == SampleSpace.NONE ? 0 : nearness[best] - nearness[second];
        return new Standing(best, nearness[best], nearness[best], second, lead);
    }

    /** The cosine with the mean of the samples. */
    record Centroid(SampleSpace space) implements Scoring {
        @Override
        public Standing stand(float[] vector, Left left) {
            double[] cosines = new double[space.size()];
            for (int r = 0; r < cosines.length; r++) {
                cosines[r] = space.centroidCosine(r, vector, left);
            }
            return ranked(cosines);
        }
    }

    /** Nearness, plus the lead, less the background's excess. */
    record Margin(SampleSpace space) implements Scoring {
        /** Flat between 0.5 and 1 on 11 draws of two public sets; without it balanced accuracy is 1 to 2 points lower. */
        private static final double BACKGROUND_WEIGHT = 0.75;

        @Override
        public Standing stand(float[] vector, Left left) {
            double[] nearness = new double[space.size()];
            for (int r = 0; r < nearness.length; r++) {
                nearness[r] = space.nearness(r, vector, left);
            }
            Standing ranked = ranked(nearness);
            double score = ranked.cosine() + ranked.lead() - BACKGROUND_WEIGHT * space.backgroundExcess(vector, left);
            return new Standing(ranked.route(), score, ranked.cosine(), ranked.runnerUp(), ranked.lead());
        }
    }
}
