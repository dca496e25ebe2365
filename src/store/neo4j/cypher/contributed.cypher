// {{label}} is Entity, Relation, Observation or Rule. The provenances that contain a data set are few.
MATCH (p:Provenance) WHERE $dataset IN p.contributors
WITH collect(p.id) AS provenances
MATCH (n:{{label}}) WHERE n.provenance IN provenances {{and visible n}}
RETURN n.id AS row
