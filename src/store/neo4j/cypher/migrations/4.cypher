// Schema 4. The last change of each record.
CREATE INDEX hukun_change_subject IF NOT EXISTS FOR (n:Change) ON (n.subject);
// The steps of staged writes, until they are applied.
CREATE CONSTRAINT hukun_step IF NOT EXISTS FOR (n:Step) REQUIRE (n.write, n.number) IS UNIQUE;
CALL db.awaitIndexes(300);
// The last writer is stored with the write itself.
MATCH (h:Hukun {id: 'graph'}) REMOVE h.written_by;
