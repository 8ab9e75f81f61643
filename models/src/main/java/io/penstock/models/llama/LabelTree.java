package io.penstock.models.llama;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The labels' tokens as a tree, so that what several begin with is computed once. A label's last token is only looked up in the
 * distribution before it, and is no node.
 */
record LabelTree(List<int[]> labels, List<Node> nodes, int[][] before) {
    /**
     * A token some labels go on with after the same beginning.
     *
     * @param depth its place in the label, from 0
     * @param labels that share it, by index
     */
    record Node(int token, int depth, List<Integer> labels) {
        /** The labels' sequences: sequence 0 is the prompt's. */
        int[] sequences() {
            return labels.stream().mapToInt(label -> label + 1).toArray();
        }
    }

    /**
     * The tree of these labels.
     *
     * @param labels tokens of each, at least one
     */
    static LabelTree of(List<int[]> labels) {
        Map<List<Integer>, Integer> byBeginning = new LinkedHashMap<>();
        List<Node> nodes = new ArrayList<>();
        int[][] before = new int[labels.size()][];
        for (int label = 0; label < labels.size(); label++) {
            int[] tokens = labels.get(label);
            before[label] = new int[tokens.length];
            before[label][0] = -1;
            for (int depth = 0; depth + 1 < tokens.length; depth++) {
                List<Integer> beginning =
                        Arrays.stream(tokens, 0, depth + 1).boxed().toList();
                Integer node = byBeginning.get(beginning);
                if (node == null) {
                    node = nodes.size();
                    byBeginning.put(beginning, node);
                    nodes.add(new Node(tokens[depth], depth, new ArrayList<>()));
                }
                nodes.get(node).labels().add(label);
                before[label][depth + 1] = node;
            }
        }
        return new LabelTree(labels, nodes, before);
    }

    /** The node whose distribution holds this label's token at this depth; -1 is the prompt's end. */
    int before(int label, int depth) {
        return before[label][depth];
    }
}
