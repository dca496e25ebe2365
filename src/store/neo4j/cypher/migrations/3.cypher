// Schema 3. Indexes of restricted records, and of those that are hidden with a data set of another record.
CREATE INDEX hukun_entity_restricted IF NOT EXISTS FOR (n:Entity) ON (n.restricted);
CREATE INDEX hukun_relation_restricted IF NOT EXISTS FOR (n:Relation) ON (n.restricted);
CREATE INDEX hukun_entity_entangled IF NOT EXISTS FOR (n:Entity) ON (n.entangled);
CREATE INDEX hukun_relation_entangled IF NOT EXISTS FOR (n:Relation) ON (n.entangled);
CALL db.awaitIndexes(300);
// The access of a data set was only in its body.
MATCH (d:Dataset) WHERE d.body STARTS WITH '{' SET d.access = CASE WHEN d.body CONTAINS '"access":"restricted"' THEN 'restricted' ELSE 'public' END;
// The data set of each class was not stored: if one data set is hidden, such provenances are unknown until they are written again.
MATCH (p:Provenance) WHERE p.key IS NOT NULL AND size(p.contributors) > 1 AND p.said_by IS NULL SET p.said_by = [];
// Processes must read their lookups again.
MATCH (h:Hukun {id: 'graph'}) SET h.merged_at = h.revision;
