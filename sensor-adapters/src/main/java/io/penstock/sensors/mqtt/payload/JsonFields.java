package io.penstock.sensors.mqtt.payload;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The places that JSON pointers (RFC 6901) name, found in one pass without a tree in memory: only what lies on the way
 * to a place is entered, the rest is skipped. A pointer is empty (the whole) or starts with a slash.
 */
final class JsonFields {
    private static final int MOST_STEPS = 32;

    private final Map<String, JsonFields> children = new HashMap<>();
    private final List<Integer> places = new ArrayList<>(1);
    private int lastIndex = -1;

    interface Visitor {
        /**
         * The parser stands on the place's token. Of a structure the visitor reads all or nothing.
         *
         * @param place as given to {@link #add}
         */
        void at(int place, JsonParser parser, JsonToken token) throws IOException, UnusablePayload;
    }

    /** @throws IllegalArgumentException when it is no pointer, or leads through or into another one's place */
    void add(int place, @Nullable String pointer, String what) {
        if (pointer == null) {
            return;
        }
        if (!pointer.isEmpty() && pointer.charAt(0) != '/') {
            throw new IllegalArgumentException(what + " pointer is '" + pointer + "', expected one such as /" + what);
        }
        String[] steps =
                pointer.isEmpty() ? new String[0] : pointer.substring(1).split("/", -1);
        if (steps.length > MOST_STEPS) {
            throw new IllegalArgumentException(
                    what + " pointer has " + steps.length + " steps, expected at most " + MOST_STEPS);
        }
        JsonFields node = this;
        for (String step : steps) {
            node.checkEntry(what, pointer);
            if (step.matches("0|[1-9][0-9]{0,6}")) {
                node.lastIndex = Math.max(node.lastIndex, Integer.parseInt(step));
            }
            node = node.children.computeIfAbsent(
                    step.replace("~1", "/").replace("~0", "~"), ignored -> new JsonFields());
        }
        if (!node.children.isEmpty()) {
            throw new IllegalArgumentException(
                    what + " pointer is '" + pointer + "', which holds the place of another pointer");
        }
        node.places.add(place);
    }

    private void checkEntry(String what, String pointer) {
        if (!places.isEmpty()) {
            throw new IllegalArgumentException(
                    what + " pointer is '" + pointer + "', which leads through the place of another pointer");
        }
    }

    /** The parser stands on a value's first token, and then on its last. */
    void visit(JsonParser parser, JsonToken token, Visitor visitor) throws IOException, UnusablePayload {
        for (int i = 0; i < places.size(); i++) {
            visitor.at(places.get(i), parser, token);
        }
        if (children.isEmpty()) {
            // nothing where the visitor has read the structure
            parser.skipChildren();
        } else if (token == JsonToken.START_OBJECT) {
            String name;
            while ((name = parser.nextFieldName()) != null) {
                visitChild(name, parser, visitor);
            }
        } else if (token == JsonToken.START_ARRAY) {
            visitArray(parser, visitor);
        }
    }

    private void visitArray(JsonParser parser, Visitor visitor) throws IOException, UnusablePayload {
        JsonToken element;
        int index = 0;
        while ((element = parser.nextToken()) != JsonToken.END_ARRAY && element != null) {
            // indices become text only as far as any has a place
            JsonFields child = index <= lastIndex ? children.get(Integer.toString(index)) : null;
            if (child == null) {
                parser.skipChildren();
            } else {
                child.visit(parser, element, visitor);
            }
            index++;
        }
    }

    private void visitChild(String name, JsonParser parser, Visitor visitor) throws IOException, UnusablePayload {
        JsonToken token = parser.nextToken();
        JsonFields child = children.get(name);
        if (child != null && token != null) {
            child.visit(parser, token, visitor);
        } else {
            parser.skipChildren();
        }
    }
}
