package io.penstock.daemon.peer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.penstock.daemon.peer.GuestQuestion.Refused;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A JSON schema as GBNF: objects with all their properties in the schema's order, arrays, texts, numbers, booleans, {@code enum} and
 * {@code const}. A keyword that would narrow the form further and is not known is refused: an answer would not keep to it. Pure.
 */
final class SchemaGrammar {
    private static final int DEEPEST = 8;
    private static final int MOST_RULES = 200;
    private static final int LONGEST_TEXT = 400;
    private static final int MOST_ITEMS = 16;
    private static final List<String> SAID_ONLY = List.of(
            "type", "title", "description", "additionalProperties", "required", "$schema", "default", "examples");

    private static final String BASICS = """
            text ::= [^"\\\\\\x00-\\x1f]
            number ::= "-"? [0-9]{1,9} ("." [0-9]{1,6})?
            integer ::= "-"? [0-9]{1,9}
            """;

    private final List<String> rules = new ArrayList<>();

    private SchemaGrammar() {}

    /** Any flat object of texts, numbers and lists of them. */
    static String anyObject() {
        return "root ::= \"{\" pair (\", \" pair){0,15} \"}\"\n"
                + "pair ::= string \": \" value\n"
                + "value ::= scalar | \"[\" (scalar (\", \" scalar){0,15})? \"]\"\n"
                + "scalar ::= string | number | \"true\" | \"false\" | \"null\"\n"
                + "string ::= \"\\\"\" text{0," + LONGEST_TEXT + "} \"\\\"\"\n" + BASICS;
    }

    static String of(JsonNode schema) throws Refused {
        if (!schema.isObject()) {
            throw new Refused("response_format.json_schema.schema is no JSON object");
        }
        SchemaGrammar grammar = new SchemaGrammar();
        String root = grammar.rule(schema, 0);
        return "root ::= " + root + "\n" + String.join("\n", grammar.rules) + "\n" + BASICS;
    }

    /** The name of a rule for the schema. */
    private String rule(JsonNode schema, int depth) throws Refused {
        if (depth > DEEPEST || rules.size() > MOST_RULES) {
            throw new Refused("the schema is deeper than " + DEEPEST + " or larger than " + MOST_RULES + " parts");
        }
        String body = body(schema, depth);
        String name = "r" + rules.size();
        rules.add(name + " ::= " + body);
        return name;
    }

    private String body(JsonNode schema, int depth) throws Refused {
        if (schema.has("enum") || schema.has("const")) {
            refuseOthers(schema, "enum", "const");
            List<String> values = new ArrayList<>();
            Iterable<JsonNode> all = schema.has("enum") ? schema.path("enum") : List.of(schema.path("const"));
            for (JsonNode value : all) {
                if (!value.isValueNode()) {
                    throw new Refused("an enum of the schema holds more than texts and numbers");
                }
                values.add(literal(value.toString()));
            }
            if (values.isEmpty()) {
                throw new Refused("an enum of the schema is empty");
            }
            return String.join(" | ", values);
        }
        return switch (schema.path("type").asText("")) {
            case "object" -> object(schema, depth);
            case "array" -> array(schema, depth);
            case "string" -> {
                refuseOthers(schema, "minLength", "maxLength");
                int most = Math.min(LONGEST_TEXT, schema.path("maxLength").asInt(LONGEST_TEXT));
                int least = Math.clamp(schema.path("minLength").asInt(0), 0, most);
                yield "\"\\\"\" text{" + least + "," + most + "} \"\\\"\"";
            }
            case "integer" -> {
                refuseOthers(schema);
                yield "integer";
            }
            case "number" -> {
                refuseOthers(schema);
                yield "number";
            }
            case "boolean" -> {
                refuseOthers(schema);
                yield "\"true\" | \"false\"";
            }
            default ->
                throw new Refused("a type of the schema is none of object, array, string, integer, number, boolean");
        };
    }

    private String object(JsonNode schema, int depth) throws Refused {
        refuseOthers(schema, "properties");
        List<String> pairs = new ArrayList<>();
        for (Map.Entry<String, JsonNode> property : schema.path("properties").properties()) {
            String key = TextNode.valueOf(property.getKey()).toString();
            pairs.add(literal(key + ": ") + " " + rule(property.getValue(), depth + 1));
        }
        return "\"{\" " + (pairs.isEmpty() ? "" : String.join(" \", \" ", pairs) + " ") + "\"}\"";
    }

    private String array(JsonNode schema, int depth) throws Refused {
        refuseOthers(schema, "items", "minItems", "maxItems");
        String item = rule(schema.path("items"), depth + 1);
        int most = Math.clamp(schema.path("maxItems").asInt(MOST_ITEMS), 1, MOST_ITEMS);
        int least = Math.clamp(schema.path("minItems").asInt(0), 0, most);
        String some = item + " (\", \" " + item + "){" + Math.max(0, least - 1) + "," + (most - 1) + "}";
        return "\"[\" " + (least == 0 ? "(" + some + ")?" : some) + " \"]\"";
    }

    private static void refuseOthers(JsonNode schema, String... known) throws Refused {
        for (Map.Entry<String, JsonNode> one : schema.properties()) {
            if (!SAID_ONLY.contains(one.getKey()) && !List.of(known).contains(one.getKey())) {
                throw new Refused(
                        "the schema has a keyword that is not understood here; send a grammar (GBNF) instead");
            }
        }
    }

    private static String literal(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        text.codePoints().forEach(c -> {
            if (c == '"' || c == '\\') {
                quoted.append('\\').appendCodePoint(c);
            } else if (c < 0x20) {
                quoted.append(String.format("\\x%02x", c));
            } else {
                quoted.appendCodePoint(c);
            }
        });
        return quoted.append('"').toString();
    }
}
