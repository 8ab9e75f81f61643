-- the newest word of each gateway on itself, as JSON
CREATE TABLE hub_health (
    site BIGINT NOT NULL PRIMARY KEY,
    received BIGINT NOT NULL,
    told TEXT NOT NULL
);

-- parts of cases' whole evidence, which was asked for
CREATE TABLE hub_sheet (
    site BIGINT NOT NULL,
    place BIGINT NOT NULL,
    number BIGINT NOT NULL,
    version BIGINT NOT NULL,
    part BIGINT NOT NULL,
    parts BIGINT NOT NULL,
    received BIGINT NOT NULL,
    content {bytes} NOT NULL,
    PRIMARY KEY (site, place, number, version, part)
);
