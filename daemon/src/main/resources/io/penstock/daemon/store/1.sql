-- Times are microseconds since the epoch, UTC. The v_ views are the public read contract; tables may change.
CREATE TABLE channel (
  id INTEGER PRIMARY KEY,
  asset TEXT NOT NULL,
  channel TEXT NOT NULL,
  UNIQUE (asset, channel)
) STRICT;

-- The journal. A reading is known by its channel and source time: a redelivered one is recognised by it.
CREATE TABLE reading (
  position INTEGER PRIMARY KEY,
  channel INTEGER NOT NULL REFERENCES channel (id),
  source_time INTEGER NOT NULL,
  received_time INTEGER NOT NULL,
  quality INTEGER NOT NULL,
  value REAL,
  rate REAL,
  samples BLOB
) STRICT;
CREATE UNIQUE INDEX reading_key ON reading (channel, source_time);

-- Detector state with the journal position it covers: a restart goes on from there.
CREATE TABLE snapshot (
  name TEXT PRIMARY KEY,
  position INTEGER NOT NULL,
  state BLOB NOT NULL
) STRICT;

CREATE TABLE asset_case (
  id TEXT PRIMARY KEY,
  asset TEXT NOT NULL,
  version INTEGER NOT NULL,
  opened_time INTEGER NOT NULL,
  updated_time INTEGER NOT NULL,
  closed_time INTEGER NOT NULL,
  severity TEXT NOT NULL,
  fault TEXT NOT NULL,
  record TEXT NOT NULL
) STRICT;
CREATE INDEX asset_case_opened ON asset_case (opened_time);

CREATE TABLE diagnosis (
  id TEXT PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES asset_case (id),
  case_version INTEGER NOT NULL,
  asset TEXT NOT NULL,
  fault TEXT NOT NULL,
  severity TEXT NOT NULL,
  confidence REAL NOT NULL,
  stage TEXT NOT NULL,
  headline TEXT NOT NULL,
  created_time INTEGER NOT NULL,
  updated_time INTEGER NOT NULL,
  record TEXT NOT NULL
) STRICT;
CREATE INDEX diagnosis_waiting ON diagnosis (created_time) WHERE stage = 'RULES';
CREATE INDEX diagnosis_case ON diagnosis (case_id, case_version);

-- Messages to publish. Sent rows stay until purged: their key says that a repeated step has nothing to do.
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  topic TEXT NOT NULL,
  payload TEXT NOT NULL,
  retained INTEGER NOT NULL,
  created_time INTEGER NOT NULL,
  sent_time INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX outbox_waiting ON outbox (id) WHERE sent_time = 0;

CREATE VIEW v_reading AS
  SELECT r.position, c.asset || '/' || c.channel AS channel, c.asset, r.source_time AS time, r.received_time,
    CASE r.quality WHEN 0 THEN 'good' WHEN 1 THEN 'uncertain' ELSE 'bad' END AS quality,
    r.value, r.rate AS rate_hz, length(r.samples) / 4 AS samples
  FROM reading r JOIN channel c ON c.id = r.channel;

CREATE VIEW v_case AS
  SELECT id, asset, version, opened_time, updated_time, nullif(closed_time, 0) AS closed_time,
    closed_time = 0 AS open, lower(severity) AS severity, fault, record AS json
  FROM asset_case;

CREATE VIEW v_diagnosis AS
  SELECT id, case_id, case_version, asset, fault, lower(severity) AS severity, confidence, lower(stage) AS stage, headline,
    created_time, updated_time, record AS json
  FROM diagnosis;
