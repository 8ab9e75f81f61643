-- What people did about cases: a row each, never changed but for a shelving's end.
CREATE TABLE operator_act (
  id TEXT PRIMARY KEY,
  verb TEXT NOT NULL,
  subject TEXT NOT NULL,
  detail TEXT NOT NULL,
  severity TEXT NOT NULL,
  until_time INTEGER NOT NULL,
  ended INTEGER NOT NULL DEFAULT 0,
  by_name TEXT NOT NULL,
  owner TEXT NOT NULL,
  time INTEGER NOT NULL
) STRICT;
CREATE INDEX operator_act_subject ON operator_act (subject, time);
CREATE INDEX operator_act_shelved ON operator_act (until_time) WHERE ended = 0 AND verb = 'shelve';

CREATE VIEW v_operator AS
  SELECT id, verb, subject, detail, nullif(until_time, 0) AS until_time, by_name, owner, time FROM operator_act;

-- Token-to-Action: when each step of a diagnosis happened; null where it has not. Rows of diagnosis are in the order they were made.
CREATE VIEW v_action AS
  SELECT d.id, d.case_id, d.asset, lower(d.severity) AS severity, d.created_time,
    nullif(json_extract(d.record, '$.timing.sampleMicros'), 0) AS sample,
    nullif(json_extract(d.record, '$.timing.alarmMicros'), 0) AS alarm,
    (SELECT nullif(sent_time, 0) FROM outbox WHERE key = 'diagnosis:' || d.id || ':RULES') AS alarm_published,
    nullif(json_extract(d.record, '$.timing.labelMicros'), 0) AS label,
    nullif(json_extract(d.record, '$.timing.explanationMicros'), 0) AS explanation,
    (SELECT nullif(sent_time, 0) FROM outbox WHERE key = 'diagnosis:' || d.id || ':EXPLAINED') AS explanation_published,
    (SELECT min(time) FROM operator_act WHERE subject = d.case_id AND verb NOT IN ('shelve', 'unshelve')) AS seen,
    (SELECT min(time) FROM operator_act WHERE subject = d.case_id AND verb NOT IN ('ack', 'shelve', 'unshelve')) AS acted
  FROM diagnosis d;
