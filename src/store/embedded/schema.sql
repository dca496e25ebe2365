-- The file of the embedded store. A record is one row: its key, the record as JSON, the row of its statements, and a hash.
-- Rows of `evidence` never change: a new version of a record's statements is a new row, so that a reader of an older
-- snapshot still finds the row that it refers to. `meta` holds the revision, and the sum of all hashes as the digest.

CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID, STRICT;
CREATE TABLE provenance (id INTEGER PRIMARY KEY, body TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE evidence (id INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL, hash INTEGER NOT NULL) STRICT;
CREATE TABLE dataset (id TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID, STRICT;
CREATE TABLE redirect (id TEXT PRIMARY KEY, kept TEXT NOT NULL) WITHOUT ROWID, STRICT;

CREATE TABLE source      (id TEXT PRIMARY KEY, body TEXT NOT NULL, provenance INTEGER NOT NULL, evidence INTEGER NOT NULL, hash INTEGER NOT NULL) WITHOUT ROWID, STRICT;
CREATE TABLE entity      (id TEXT PRIMARY KEY, body TEXT NOT NULL, provenance INTEGER NOT NULL, evidence INTEGER NOT NULL, hash INTEGER NOT NULL) WITHOUT ROWID, STRICT;
CREATE TABLE relation    (id TEXT PRIMARY KEY, body TEXT NOT NULL, provenance INTEGER NOT NULL, evidence INTEGER NOT NULL, hash INTEGER NOT NULL) WITHOUT ROWID, STRICT;
CREATE TABLE observation (id TEXT PRIMARY KEY, body TEXT NOT NULL, provenance INTEGER NOT NULL, evidence INTEGER NOT NULL, hash INTEGER NOT NULL) WITHOUT ROWID, STRICT;
CREATE TABLE rule        (id TEXT PRIMARY KEY, body TEXT NOT NULL, provenance INTEGER NOT NULL, evidence INTEGER NOT NULL, hash INTEGER NOT NULL) WITHOUT ROWID, STRICT;

-- The change log: the action on each record, its revision and author. `at` in microseconds since 1970, UTC; `datasets`, as a
-- JSON list, those whose facts it changed.
CREATE TABLE change (
    cursor INTEGER PRIMARY KEY AUTOINCREMENT, revision INTEGER NOT NULL, at INTEGER NOT NULL, by TEXT NOT NULL,
    action TEXT NOT NULL, subject TEXT NOT NULL, subject_kind TEXT NOT NULL, merged_into TEXT,
    datasets TEXT NOT NULL DEFAULT '[]'
) STRICT;
-- The last change of a record.
CREATE INDEX change_subject ON change (subject);

INSERT INTO meta (name, value) VALUES ('revision', 0), ('digest', 0);
