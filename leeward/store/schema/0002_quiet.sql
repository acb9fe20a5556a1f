-- What could ring, what was decided about it, and what was shown. Ids, names and reasons only, never the text of a message.

-- state: ring, held, info (for its digest only), digest (in one), shown, maybe (nobody knows), read, dropped, cancelled, failed.
-- facts: the reasons it could break through; names: what settings rules may match; broke: when it was let through in quiet.
CREATE TABLE notice (
  id TEXT PRIMARY KEY, item TEXT NOT NULL, thread TEXT, place TEXT, account TEXT NOT NULL, author TEXT, at INTEGER NOT NULL,
  came INTEGER NOT NULL, tier TEXT, who TEXT NOT NULL, source TEXT NOT NULL, facts TEXT NOT NULL, names TEXT NOT NULL,
  state TEXT NOT NULL, schedule TEXT NOT NULL, release_at INTEGER, broke INTEGER, digest TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX notice_waiting ON notice (state, came) WHERE state IN ('held', 'info', 'ring', 'digest');
CREATE INDEX notice_item ON notice (item);
CREATE INDEX notice_thread ON notice (thread, author, at) WHERE thread IS NOT NULL;
CREATE INDEX notice_digest ON notice (digest) WHERE digest IS NOT NULL;
CREATE INDEX notice_broke ON notice (broke) WHERE broke IS NOT NULL;
CREATE INDEX notice_came ON notice (came);

CREATE TABLE verdict (
  n INTEGER PRIMARY KEY, notice TEXT NOT NULL, at INTEGER NOT NULL, state TEXT NOT NULL, schedule TEXT NOT NULL,
  rule TEXT, why TEXT NOT NULL, release_at INTEGER
) STRICT;
CREATE INDEX verdict_notice ON verdict (notice, n);
CREATE INDEX verdict_at ON verdict (at);

-- One popup. key: stable, so that a channel that can replaces the same popup. state: pending, claimed, sent, maybe, failed, empty.
CREATE TABLE delivery (
  key TEXT PRIMARY KEY, digest TEXT, notice TEXT, channel TEXT, state TEXT NOT NULL, replaces INTEGER NOT NULL DEFAULT 0,
  lease_until INTEGER NOT NULL DEFAULT 0, tries INTEGER NOT NULL DEFAULT 0, shown_ref TEXT, made INTEGER NOT NULL, at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX delivery_open ON delivery (state, made) WHERE state IN ('pending', 'claimed');

CREATE TABLE digest (
  key TEXT PRIMARY KEY, schedule TEXT NOT NULL, opened_at INTEGER NOT NULL, at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What the owner said for once: quiet or open from one instant to another, `until` NULL: until they say so.
CREATE TABLE oneoff (
  n INTEGER PRIMARY KEY, start INTEGER NOT NULL, until INTEGER, quiet INTEGER NOT NULL
) STRICT;
