// Schema 4. What became of a record last.
CREATE INDEX hukun_change_subject IF NOT EXISTS FOR (n:Change) ON (n.subject);
// The steps of a write that is too large for one transaction, until they are applied.
CREATE CONSTRAINT hukun_step IF NOT EXISTS FOR (n:Step) REQUIRE (n.write, n.number) IS UNIQUE;
CALL db.awaitIndexes(300);
// Who wrote last is known by the write itself.
MATCH (h:Hukun {id: 'graph'}) REMOVE h.written_by;
