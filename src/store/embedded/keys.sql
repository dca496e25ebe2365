CREATE TABLE api_key (
    id           TEXT PRIMARY KEY,
    hash         BLOB NOT NULL,
    label        TEXT,
    role         TEXT NOT NULL,
    pii          INTEGER NOT NULL,
    -- Ids one a line, which no id can hold; null: none by name.
    datasets     TEXT,
    -- Milliseconds since 1970.
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER,
    last_used_at INTEGER,
    revoked_at   INTEGER
) STRICT, WITHOUT ROWID;
