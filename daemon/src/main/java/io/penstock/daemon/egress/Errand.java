package io.penstock.daemon.egress;

import java.util.Map;

/**
 * What a question that leaves is about; for the log, which stays here.
 *
 * @param endpoint its name in the configuration
 * @param to its address
 * @param what {@code label} or {@code explanation}
 * @param reason why it was asked
 * @param aliases what each alias stands for
 */
record Errand(String endpoint, String to, String caseId, String what, String reason, Map<String, String> aliases) {}
