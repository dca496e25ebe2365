// Schema 2. API keys, which are not part of the graph.
CREATE CONSTRAINT hukun_api_key_id IF NOT EXISTS FOR (n:ApiKey) REQUIRE n.id IS UNIQUE;
CALL db.awaitIndexes(300);
