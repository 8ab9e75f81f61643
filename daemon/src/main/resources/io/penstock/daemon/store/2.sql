-- Minutes and hours of each channel, by source time. Each row only ever has more readings merged into it, in the transaction of the
-- snapshot that covers them. Ordered by time, so that a snapshot writes few pages and purging is a range.
-- For a waveform channel a value is the RMS of one waveform (mean removed); peak and kurtosis are the largest of one.
CREATE TABLE aggregate (
  span INTEGER NOT NULL, -- seconds: 60 or 3600
  start INTEGER NOT NULL,
  channel INTEGER NOT NULL REFERENCES channel (id),
  count INTEGER NOT NULL,
  bad INTEGER NOT NULL,
  total REAL NOT NULL,
  least REAL,
  most REAL,
  last REAL,
  last_time INTEGER,
  peak REAL,
  kurtosis REAL,
  PRIMARY KEY (span, start, channel)
) STRICT, WITHOUT ROWID;

-- Copies of the readings behind a case's evidence: they outlive the raw ones.
CREATE TABLE evidence (
  case_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  channel INTEGER NOT NULL REFERENCES channel (id),
  source_time INTEGER NOT NULL,
  received_time INTEGER NOT NULL,
  quality INTEGER NOT NULL,
  value REAL,
  rate REAL,
  bytes INTEGER NOT NULL,
  samples BLOB,
  PRIMARY KEY (case_id, position)
) STRICT;
CREATE INDEX evidence_position ON evidence (position);
CREATE INDEX evidence_key ON evidence (channel, source_time);

-- How long the gateway had been running, over all its starts, when the journal had come to a position, and what its clock showed.
-- Ages are counted in running time: a clock that jumps by years expires nothing.
CREATE TABLE age_mark (
  running INTEGER PRIMARY KEY,
  position INTEGER NOT NULL,
  clock INTEGER NOT NULL
) STRICT;

CREATE VIEW v_aggregate AS
  SELECT CASE a.span WHEN 60 THEN 'minute' ELSE 'hour' END AS span, a.start AS time,
    c.asset || '/' || c.channel AS channel, c.asset, CASE WHEN a.peak IS NULL THEN 'value' ELSE 'rms' END AS measure,
    a.count, a.bad, a.least AS min, a.total / nullif(a.count, 0) AS mean, a.most AS max, a.last, a.last_time, a.peak, a.kurtosis
  FROM aggregate a JOIN channel c ON c.id = a.channel;

CREATE VIEW v_evidence AS
  SELECT e.case_id, e.position, c.asset || '/' || c.channel AS channel, c.asset, e.source_time AS time,
    e.received_time AS received_time,
    CASE e.quality WHEN 0 THEN 'good' WHEN 1 THEN 'uncertain' ELSE 'bad' END AS quality,
    e.value, e.rate AS rate_hz, length(e.samples) / 4 AS samples
  FROM evidence e JOIN channel c ON c.id = e.channel;
