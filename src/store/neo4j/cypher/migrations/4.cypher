// Schema 4. What became of a record last.
CREATE INDEX hukun_change_subject IF NOT EXISTS FOR (n:Change) ON (n.subject);
CALL db.awaitIndexes(300);
