// Schema 2. API keys: beside the graph, and no part of it.
CREATE CONSTRAINT hukun_api_key_id IF NOT EXISTS FOR (n:ApiKey) REQUIRE n.id IS UNIQUE;
CALL db.awaitIndexes(300);
