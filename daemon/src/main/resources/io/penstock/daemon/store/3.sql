-- By time first: a commit's readings then stand side by side in the index, two pages instead of one for each channel.
DROP INDEX reading_key;
CREATE UNIQUE INDEX reading_key ON reading (source_time, channel);
