-- When the owner's calendars say busy: times only, never a title. Which of them count is for the settings to say.
CREATE TABLE busy (
  account TEXT NOT NULL, start INTEGER NOT NULL, until INTEGER NOT NULL, tentative INTEGER NOT NULL, all_day INTEGER NOT NULL,
  PRIMARY KEY (account, start, until, tentative, all_day)
) STRICT, WITHOUT ROWID;

-- Public holidays of the regions that the settings name, of this year and the next; `habit` says for which.
CREATE TABLE holiday (day TEXT PRIMARY KEY, name TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- What is said once, in place: the clock's zone changed, the settings have a mistake.
CREATE TABLE remark (name TEXT PRIMARY KEY, at INTEGER NOT NULL, until INTEGER NOT NULL, say TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- What a service was told about quiet, and what to give back to it to take that away again.
CREATE TABLE outward (account TEXT PRIMARY KEY, until INTEGER, remembered TEXT NOT NULL) STRICT, WITHOUT ROWID;
