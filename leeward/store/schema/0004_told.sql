-- What became of a popup: when its notice was read, on which machine it was shown, and whether the allowance of its stretch was spent.
ALTER TABLE notice ADD COLUMN read_at INTEGER;
ALTER TABLE notice ADD COLUMN spent INTEGER NOT NULL DEFAULT 0;
ALTER TABLE delivery ADD COLUMN host TEXT;
CREATE INDEX notice_unread ON notice (came) WHERE state IN ('shown', 'maybe') AND read_at IS NULL;

-- The hours of others, as a service tells them: `zone` an IANA name, `open` the windows of their week as the settings write
-- them (JSON; NULL: not told), `away` the spans in which they do not want to be disturbed (JSON pairs of instants). `person` is ours.
CREATE TABLE person_hours (
  person TEXT PRIMARY KEY, at INTEGER NOT NULL, zone TEXT, open TEXT, away TEXT NOT NULL DEFAULT '[]'
) STRICT, WITHOUT ROWID;
