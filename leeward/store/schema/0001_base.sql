-- What can be pulled again. Losing these tables loses nothing that a sync does not bring back.

CREATE TABLE place (
  id TEXT PRIMARY KEY, account TEXT NOT NULL, remote TEXT NOT NULL, title TEXT NOT NULL, raw_title TEXT,
  reach TEXT NOT NULL, readers INTEGER, people TEXT, url TEXT,
  flat INTEGER NOT NULL, threads INTEGER NOT NULL, tasks INTEGER NOT NULL, notes INTEGER NOT NULL,
  writable INTEGER NOT NULL, archived INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX place_account ON place (account, remote);

CREATE TABLE person (
  id TEXT PRIMARY KEY, account TEXT NOT NULL, remote TEXT NOT NULL, name TEXT NOT NULL, raw_name TEXT, handle TEXT,
  address TEXT, verified INTEGER NOT NULL, zone TEXT, me INTEGER NOT NULL, human TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX person_human ON person (human);
CREATE INDEX person_address ON person (address) WHERE address IS NOT NULL AND verified;

-- Everything that is listed, tiered, snoozed and linked. `n` is odd and follows time (see message.n).
-- cut: a conversation cut from a flat place; root is its first line at birth. sender_*: what the service says.
-- tier, state, later, unread, rank, listed: derived from that and from `triage`.
CREATE TABLE item (
  n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, type TEXT NOT NULL, account TEXT NOT NULL, place TEXT, remote TEXT,
  title TEXT NOT NULL, raw_title TEXT, url TEXT, thread TEXT, task TEXT, people TEXT, updated INTEGER NOT NULL,
  closed INTEGER NOT NULL DEFAULT 0, cut INTEGER NOT NULL DEFAULT 0, root TEXT, calls TEXT, version TEXT,
  first_n INTEGER, last_n INTEGER, read_n INTEGER NOT NULL DEFAULT 0, author TEXT,
  sender_tier TEXT, sender_due TEXT,
  tier TEXT, due TEXT, due_at INTEGER, state TEXT NOT NULL DEFAULT 'open', later INTEGER, unread INTEGER NOT NULL DEFAULT 0,
  listed INTEGER NOT NULL DEFAULT 0, rank INTEGER NOT NULL DEFAULT 2, due_sort INTEGER NOT NULL DEFAULT 4611686018427387904,
  recent INTEGER NOT NULL DEFAULT 0, gone INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX item_inbox ON item (rank, due_sort, recent, id) WHERE listed = 1;
CREATE INDEX item_unread ON item (rank, due_sort, recent, id) WHERE listed = 1 AND unread > 0;
CREATE INDEX item_task ON item (rank, due_sort, recent, id) WHERE type = 'task' AND gone = 0;
CREATE INDEX item_type ON item (type, recent, id);
CREATE INDEX item_place ON item (place, type, recent);
CREATE INDEX item_remote ON item (account, type, remote);
CREATE INDEX item_thread ON item (thread) WHERE thread IS NOT NULL;
CREATE INDEX item_later ON item (later) WHERE later IS NOT NULL;
CREATE INDEX item_due ON item (due_at) WHERE due_at IS NOT NULL AND listed = 1;

CREATE TABLE task (
  id TEXT PRIMARY KEY, text TEXT NOT NULL, raw_text TEXT, status TEXT NOT NULL, native_status TEXT, assignees TEXT,
  mine INTEGER NOT NULL, labels TEXT, recurring INTEGER NOT NULL, created INTEGER, version TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX task_status ON task (status);

CREATE TABLE note (
  id TEXT PRIMARY KEY, text TEXT NOT NULL, raw_text TEXT, version TEXT, label TEXT
) STRICT, WITHOUT ROWID;

-- `n` is even and follows time: the instant shifted by 12 bits, then a slot, so that newest first is a walk backwards.
-- silent: 1 nobody wrote it (a join), 2 our own, 4 taken back; only 0 can be unread. raw is NULL where it equals text.
CREATE TABLE message (
  n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, account TEXT NOT NULL, place TEXT NOT NULL, thread TEXT, remote TEXT NOT NULL,
  author TEXT, at INTEGER NOT NULL, text TEXT NOT NULL, raw TEXT, silent INTEGER NOT NULL DEFAULT 0,
  mention INTEGER NOT NULL DEFAULT 0, reply_to TEXT, files TEXT, url TEXT, edited INTEGER, key TEXT, version TEXT
) STRICT;
CREATE INDEX message_thread ON message (thread, n, silent);
CREATE INDEX message_place ON message (place, n);
CREATE INDEX message_key ON message (key) WHERE key IS NOT NULL;

CREATE VIRTUAL TABLE fts USING fts5 (title, body, content = '', prefix = '2 3', tokenize = 'unicode61 remove_diacritics 2');

CREATE TABLE cursor (account TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE health (
  account TEXT PRIMARY KEY, ok INTEGER NOT NULL, what TEXT, do TEXT, since INTEGER NOT NULL, oddities INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE TABLE missing (
  item TEXT PRIMARY KEY, times INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What is the user's own. Never dropped with the cache.

CREATE TABLE account (
  uid TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, url TEXT NOT NULL DEFAULT '',
  since INTEGER NOT NULL, created INTEGER NOT NULL, me TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE triage (
  item TEXT PRIMARY KEY, tier TEXT, done_n INTEGER, later INTEGER, later_reply INTEGER NOT NULL DEFAULT 0, read_n INTEGER
) STRICT, WITHOUT ROWID;

-- Items of the user's own: their whole content as one document; `item`, `task` and `note` hold a copy to list and search.
CREATE TABLE own (id TEXT PRIMARY KEY, type TEXT NOT NULL, doc TEXT NOT NULL, updated INTEGER NOT NULL) STRICT, WITHOUT ROWID;

-- A task or note that was made here keeps its id after its service has it.
CREATE TABLE alias (
  account TEXT NOT NULL, type TEXT NOT NULL, remote TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (account, type, remote)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX alias_id ON alias (id, account, type);

-- Which conversation a line belongs to, where the user linked, snoozed, tiered or corrected it.
CREATE TABLE pinned_cut (message TEXT PRIMARY KEY, thread TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX pinned_cut_thread ON pinned_cut (thread);

CREATE TABLE person_join (a TEXT NOT NULL, b TEXT NOT NULL, joined INTEGER NOT NULL, PRIMARY KEY (a, b)) STRICT, WITHOUT ROWID;

CREATE TABLE link (
  id TEXT PRIMARY KEY, a TEXT NOT NULL, b TEXT NOT NULL, message TEXT, keep TEXT NOT NULL, created INTEGER NOT NULL,
  agreed TEXT, seen_n INTEGER, gone INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX link_a ON link (a);
CREATE INDEX link_b ON link (b);
CREATE INDEX link_message ON link (message) WHERE message IS NOT NULL;

CREATE TABLE journal (n INTEGER PRIMARY KEY, at INTEGER NOT NULL, item TEXT NOT NULL, link TEXT, say TEXT NOT NULL) STRICT;
CREATE INDEX journal_item ON journal (item, n);
CREATE INDEX journal_link ON journal (link, n) WHERE link IS NOT NULL;

CREATE TABLE capsule (
  task TEXT PRIMARY KEY, message TEXT NOT NULL, doc TEXT NOT NULL, hash TEXT NOT NULL, at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- `after`: the row this one depends on. `key` travels in the object, so that a lost answer can be looked for.
CREATE TABLE outbox (
  row INTEGER PRIMARY KEY, account TEXT NOT NULL, verb TEXT NOT NULL, item TEXT, lane TEXT NOT NULL, doc TEXT NOT NULL,
  key TEXT NOT NULL UNIQUE, state TEXT NOT NULL, tries INTEGER NOT NULL DEFAULT 0, due INTEGER NOT NULL, after INTEGER,
  created INTEGER NOT NULL, started INTEGER, why TEXT NOT NULL DEFAULT '', result TEXT, seen TEXT
) STRICT;
CREATE INDEX outbox_open ON outbox (state, due) WHERE state <> 'sent';
CREATE INDEX outbox_item ON outbox (item) WHERE item IS NOT NULL;
CREATE INDEX outbox_after ON outbox (after) WHERE after IS NOT NULL;

CREATE TABLE draft (key TEXT PRIMARY KEY, text TEXT NOT NULL, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;

-- The log of local acts: `doc` holds each row an act changed, before and after, and what it queued and made, as JSON.
CREATE TABLE act (n INTEGER PRIMARY KEY, at INTEGER NOT NULL, say TEXT NOT NULL, doc TEXT NOT NULL, undone INTEGER NOT NULL DEFAULT 0) STRICT;

-- Small things to remember by name: what was chosen last, what was said already, what another process asks for.
CREATE TABLE habit (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
