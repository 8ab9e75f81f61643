-- Cases whose fault a person named: the site's part of the case library. What was said and when stands in operator_act as well.
CREATE TABLE past_case (
  case_id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  fault TEXT NOT NULL,
  diagnosed TEXT NOT NULL,
  symptoms TEXT NOT NULL,
  note TEXT NOT NULL,
  by_name TEXT NOT NULL,
  time INTEGER NOT NULL
) STRICT;

-- Sentences of a model that the check kept from the operator.
CREATE TABLE blocked_sentence (
  diagnosis_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  sentence TEXT NOT NULL,
  reason TEXT NOT NULL,
  model TEXT NOT NULL,
  time INTEGER NOT NULL,
  PRIMARY KEY (diagnosis_id, number)
) STRICT, WITHOUT ROWID;

CREATE VIEW v_past_case AS
  SELECT case_id, kind, fault, diagnosed, fault = diagnosed AS confirmed, symptoms, note, by_name, time FROM past_case;

CREATE VIEW v_blocked AS
  SELECT diagnosis_id, number, sentence, reason, model, time FROM blocked_sentence;
