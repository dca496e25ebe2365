// Schema 1. Uniqueness constraints, and the indexes that lists and pages read in order.
CREATE CONSTRAINT hukun_entity_id IF NOT EXISTS FOR (n:Entity) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT hukun_relation_id IF NOT EXISTS FOR (n:Relation) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT hukun_observation_id IF NOT EXISTS FOR (n:Observation) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT hukun_rule_id IF NOT EXISTS FOR (n:Rule) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT hukun_source_id IF NOT EXISTS FOR (n:Source) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT hukun_dataset_id IF NOT EXISTS FOR (n:Dataset) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT hukun_redirect_id IF NOT EXISTS FOR (n:Redirect) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT hukun_evidence_of IF NOT EXISTS FOR (n:Evidence) REQUIRE n.of IS UNIQUE;
CREATE CONSTRAINT hukun_change_cursor IF NOT EXISTS FOR (n:Change) REQUIRE n.cursor IS UNIQUE;
CREATE CONSTRAINT hukun_write_revision IF NOT EXISTS FOR (n:Write) REQUIRE n.revision IS UNIQUE;
CREATE CONSTRAINT hukun_provenance_id IF NOT EXISTS FOR (n:Provenance) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT hukun_provenance_key IF NOT EXISTS FOR (n:Provenance) REQUIRE n.key IS UNIQUE;
CREATE CONSTRAINT hukun_graph IF NOT EXISTS FOR (n:Hukun) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT hukun_commit IF NOT EXISTS FOR (n:Commit) REQUIRE n.id IS UNIQUE;
// Pages of an entity's relations: by kind, then by id, so that a page of ten reads ten of fifty thousand.
CREATE INDEX hukun_relation_from IF NOT EXISTS FOR (n:Relation) ON (n.from, n.kind, n.id);
CREATE INDEX hukun_relation_to IF NOT EXISTS FOR (n:Relation) ON (n.to, n.kind, n.id);
CREATE INDEX hukun_observation_entity IF NOT EXISTS FOR (n:Observation) ON (n.entity, n.id);
CREATE INDEX hukun_rule_bearer IF NOT EXISTS FOR (n:Rule) ON (n.bearer);
CREATE INDEX hukun_redirect_to IF NOT EXISTS FOR (n:Redirect) ON (n.to);
// Hukun makes the tokens, the same as in the embedded store, so that the analyzer only splits at white space.
CREATE FULLTEXT INDEX hukun_tokens IF NOT EXISTS FOR (n:Entity) ON EACH [n.tokens]
OPTIONS { indexConfig: { `fulltext.analyzer`: 'whitespace', `fulltext.eventually_consistent`: false } };
CALL db.awaitIndexes(300);
MERGE (h:Hukun {id: 'graph'}) ON CREATE SET h.revision = 0, h.cursor = 0, h.provenance = 0, h.schema = 0, h.merged_at = 0;
MERGE (c:Commit {id: 'graph'}) ON CREATE SET c.revision = 0;
