// {{label}} is Entity, Relation, Observation or Rule. The provenances that rest on a source are few.
MATCH (p:Provenance) WHERE any(class IN p.evidence WHERE any(ending IN $endings WHERE class ENDS WITH ending))
WITH collect(p.id) AS provenances
MATCH (n:{{label}}) WHERE n.provenance IN provenances {{and seen n}}
RETURN n.id AS row
