// {{label}} is Entity, Relation, Observation or Rule. The provenances that contain a source are few.
MATCH (p:Provenance) WHERE any(class IN p.evidence WHERE any(ending IN $endings WHERE class ENDS WITH ending))
WITH collect(p.id) AS provenances
MATCH (n:{{label}}) WHERE n.provenance IN provenances {{and visible n}}
RETURN n.id AS row
