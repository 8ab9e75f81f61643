-- The metered link's second half. Empty while it is off.
ALTER TABLE uplink_summary ADD COLUMN frame_key INTEGER NOT NULL DEFAULT -1;
UPDATE uplink_summary SET frame_key = ifnull((SELECT key_id FROM uplink_frame f WHERE f.counter = uplink_summary.frame
  ORDER BY sealed_time DESC LIMIT 1), -1) WHERE frame IS NOT NULL;

-- What commands have set: 'paused' until a time, 'percent' of the caps, the last 'delta'; 'health' is when the last one was put.
CREATE TABLE uplink_setting (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;

-- Every command that came down the link from one who has a key, and what became of it.
CREATE TABLE uplink_command (
  id INTEGER PRIMARY KEY,
  time INTEGER NOT NULL,
  key_id INTEGER NOT NULL,
  counter INTEGER NOT NULL,
  role TEXT NOT NULL,
  command TEXT NOT NULL,
  verdict TEXT NOT NULL,
  detail TEXT NOT NULL
) STRICT;
CREATE INDEX uplink_command_time ON uplink_command (time);

-- Counters of command keys below which nothing is taken any more.
CREATE TABLE uplink_heard (key_id INTEGER PRIMARY KEY, next INTEGER NOT NULL) STRICT;

-- Parts of the configuration delta that is coming in; one a key.
CREATE TABLE uplink_delta (
  key_id INTEGER NOT NULL,
  delta INTEGER NOT NULL,
  part INTEGER NOT NULL,
  parts INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (key_id, part)
) STRICT, WITHOUT ROWID;
