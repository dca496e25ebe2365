// Schema 3. What is restricted, and what is hidden for another's sake: indexes of these records alone.
CREATE INDEX hukun_entity_restricted IF NOT EXISTS FOR (n:Entity) ON (n.restricted);
CREATE INDEX hukun_relation_restricted IF NOT EXISTS FOR (n:Relation) ON (n.restricted);
CREATE INDEX hukun_entity_entangled IF NOT EXISTS FOR (n:Entity) ON (n.entangled);
CREATE INDEX hukun_relation_entangled IF NOT EXISTS FOR (n:Relation) ON (n.entangled);
CALL db.awaitIndexes(300);
// Who may see a data set stood in its record alone.
MATCH (d:Dataset) WHERE d.body STARTS WITH '{' SET d.access = CASE WHEN d.body CONTAINS '"access":"restricted"' THEN 'restricted' ELSE 'public' END;
// Who said what was not kept: beside a hidden data set, what several said counts for nothing until it is written again.
MATCH (p:Provenance) WHERE p.key IS NOT NULL AND size(p.contributors) > 1 AND p.said_by IS NULL SET p.said_by = [];
// What processes keep is to be learnt anew.
MATCH (h:Hukun {id: 'graph'}) SET h.merged_at = h.revision;
