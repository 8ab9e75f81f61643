package io.penstock.daemon;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.InputFormat;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Holds a published message against the schema file it names. */
public final class Schemas {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Map<String, JsonSchema> KNOWN = new ConcurrentHashMap<>();

    private Schemas() {}

    /** Everything wrong with a message, nothing when it is right; a message that names no schema of ours is an error. */
    public static Set<ValidationMessage> complaints(String payload) throws IOException {
        JsonNode name = JSON.readTree(payload).path("schema");
        String file = name.asText().replace('/', '-');
        JsonSchema schema = KNOWN.get(file);
        if (schema == null) {
            try (InputStream in = Schemas.class.getResourceAsStream("schema/" + file + ".json")) {
                if (in == null) {
                    throw new IOException("no schema " + file + " for " + payload);
                }
                schema = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
                        .getSchema(in);
            }
            KNOWN.put(file, schema);
        }
        return schema.validate(
                payload,
                InputFormat.JSON,
                context -> context.getExecutionConfig().setFormatAssertionsEnabled(true));
    }
}
