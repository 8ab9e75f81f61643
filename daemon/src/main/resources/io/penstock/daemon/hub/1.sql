-- {id}: a whole number's primary key, {bytes}: bytes. Times are microseconds since 1970, UTC. The rest is SQL of both stores.

-- what is covered: hub_key and hub_month hold every frame up to this number
CREATE TABLE hub_mark (name TEXT PRIMARY KEY, value BIGINT NOT NULL);

CREATE TABLE hub_site (
    no {id},
    name TEXT NOT NULL UNIQUE,
    since BIGINT NOT NULL
);

-- every frame that was taken, in the order it was: what it cost, whether this version could read it, what it sealed
CREATE TABLE hub_frame (
    no {id},
    site BIGINT NOT NULL,
    key_id BIGINT NOT NULL,
    counter BIGINT NOT NULL,
    received BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    billed BIGINT NOT NULL,
    money DOUBLE PRECISION NOT NULL,
    readable BIGINT NOT NULL,
    content {bytes} NOT NULL
);
CREATE INDEX hub_frame_received ON hub_frame (received);

-- counters of a key: the lowest and highest taken, how many, the replay window
CREATE TABLE hub_key (
    site BIGINT NOT NULL,
    key_id BIGINT NOT NULL,
    lowest BIGINT NOT NULL,
    highest BIGINT NOT NULL,
    accepted BIGINT NOT NULL,
    heard BIGINT NOT NULL,
    taken {bytes} NOT NULL,
    PRIMARY KEY (site, key_id)
);

CREATE TABLE hub_month (
    site BIGINT NOT NULL,
    month TEXT NOT NULL,
    frames BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    billed BIGINT NOT NULL,
    money DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (site, month)
);

-- site 0: of no site that is known here
CREATE TABLE hub_refused (
    site BIGINT NOT NULL,
    reason TEXT NOT NULL,
    frames BIGINT NOT NULL,
    newest BIGINT NOT NULL,
    PRIMARY KEY (site, reason)
);

-- the newest word on each case; untold: 1 while the broker has not been told
CREATE TABLE hub_case (
    site BIGINT NOT NULL,
    place BIGINT NOT NULL,
    number BIGINT NOT NULL,
    opened BIGINT NOT NULL,
    asset TEXT NOT NULL,
    updated BIGINT NOT NULL,
    counter BIGINT NOT NULL,
    closed BIGINT NOT NULL,
    severity TEXT NOT NULL,
    fault TEXT NOT NULL,
    confidence DOUBLE PRECISION NOT NULL,
    evidence TEXT NOT NULL,
    received BIGINT NOT NULL,
    untold BIGINT NOT NULL,
    PRIMARY KEY (site, place, number, opened)
);
CREATE INDEX hub_case_untold ON hub_case (received) WHERE untold = 1;
CREATE INDEX hub_case_open ON hub_case (site, place) WHERE closed = 0;
CREATE INDEX hub_case_updated ON hub_case (updated);

CREATE VIEW v_hub_case AS
SELECT s.name AS site, c.asset, c.opened, c.updated, c.closed, c.severity, c.fault, c.confidence, c.evidence, c.received
FROM hub_case c JOIN hub_site s ON s.no = c.site;

CREATE VIEW v_hub_month AS
SELECT s.name AS site, m.month, m.frames, m.bytes, m.billed, m.money
FROM hub_month m JOIN hub_site s ON s.no = m.site;
