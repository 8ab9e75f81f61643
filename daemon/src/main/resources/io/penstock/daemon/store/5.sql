-- What was received while the gateway's own clock was not to be trusted: stretches of the journal, written in the commit that
-- journals them. In an unset one, receive time less the monotonic clock of that boot is lead_us; offset_us is how far such times
-- were wrong, known once the clock was set in the same boot. Rows up to left_position still have to be stamped with it.
CREATE TABLE clock_span (
  first_position INTEGER PRIMARY KEY,
  last_position INTEGER NOT NULL,
  trust TEXT NOT NULL CHECK (trust IN ('unset', 'suspect')),
  boot TEXT NOT NULL,
  lead_us INTEGER NOT NULL,
  offset_us INTEGER,
  set_time INTEGER,
  left_position INTEGER NOT NULL
) STRICT;

DROP VIEW v_reading;
CREATE VIEW v_reading AS
  SELECT r.position, c.asset || '/' || c.channel AS channel, c.asset, r.source_time AS time, r.received_time,
    CASE r.quality WHEN 0 THEN 'good' WHEN 1 THEN 'uncertain' ELSE 'bad' END AS quality,
    r.value, r.rate AS rate_hz, length(r.samples) / 4 AS samples,
    ifnull((SELECT CASE WHEN s.last_position >= r.position THEN s.trust END FROM clock_span s
      WHERE s.first_position <= r.position ORDER BY s.first_position DESC LIMIT 1), 'trusted') AS clock
  FROM reading r JOIN channel c ON c.id = r.channel;

CREATE VIEW v_clock AS
  SELECT first_position, last_position, trust, offset_us, set_time, left_position < first_position AS stamped
  FROM clock_span;
