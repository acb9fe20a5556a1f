-- What a line leaves open, read from its words: it can be read again from the lines at any time. `n` is its line's.
-- kind: promise, request, later, question. open: nobody has answered yet, as far as lines tell; tasks and dismissals
-- are asked for when it is listed.
CREATE TABLE promise (
  message TEXT PRIMARY KEY, n INTEGER NOT NULL, kind TEXT NOT NULL, words TEXT NOT NULL, open INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX promise_open ON promise (n) WHERE open = 1;

-- Lines of which the owner said that nothing is open. The user's own, never dropped with the cache.
CREATE TABLE dismissed (message TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;

-- Whether all lines were read for it; a store that had lines before this table is read once, when somebody asks.
INSERT INTO habit SELECT 'promises read', '1' WHERE NOT EXISTS (SELECT 1 FROM message);
