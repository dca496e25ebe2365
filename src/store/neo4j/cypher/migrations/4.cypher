// Schema 4. The steps of a write that is too large for one transaction, until they are applied.
CREATE CONSTRAINT hukun_step IF NOT EXISTS FOR (n:Step) REQUIRE (n.write, n.number) IS UNIQUE;
CALL db.awaitIndexes(300);
// Who wrote last is known by the write itself.
MATCH (h:Hukun) REMOVE h.written_by;
