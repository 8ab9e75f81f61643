-- The metered link. Empty while it is off.
CREATE TABLE uplink_summary (
  id INTEGER PRIMARY KEY,
  case_id TEXT NOT NULL,
  lane INTEGER NOT NULL,
  fault TEXT NOT NULL,
  severity TEXT NOT NULL,
  closed INTEGER NOT NULL,
  hour INTEGER NOT NULL,
  summary BLOB NOT NULL,
  created_time INTEGER NOT NULL,
  frame INTEGER
) STRICT;
-- one that waits for each case; a newer one takes its place
CREATE UNIQUE INDEX uplink_waiting ON uplink_summary (case_id) WHERE frame IS NULL;
CREATE INDEX uplink_told ON uplink_summary (case_id, id) WHERE frame IS NOT NULL;

-- A counter is used once for each key, for ever: the newest row of each key is never purged.
CREATE TABLE uplink_frame (
  key_id INTEGER NOT NULL,
  counter INTEGER NOT NULL,
  lane INTEGER NOT NULL,
  frame BLOB NOT NULL,
  sealed_time INTEGER NOT NULL,
  sent_time INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (key_id, counter)
) STRICT, WITHOUT ROWID;
CREATE INDEX uplink_unsent ON uplink_frame (lane, sealed_time) WHERE sent_time = 0;

-- Every attempt to send, written before its first byte left.
CREATE TABLE uplink_ledger (
  id INTEGER PRIMARY KEY,
  time INTEGER NOT NULL,
  key_id INTEGER NOT NULL,
  counter INTEGER NOT NULL,
  lane INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  billed INTEGER NOT NULL,
  money REAL NOT NULL
) STRICT;
CREATE INDEX uplink_ledger_time ON uplink_ledger (time);

CREATE TABLE uplink_count (what TEXT PRIMARY KEY, times INTEGER NOT NULL) STRICT;
