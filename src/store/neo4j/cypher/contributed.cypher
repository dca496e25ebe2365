// {{label}} is Entity, Relation, Observation or Rule. The provenances that a data set has a part in are few.
MATCH (p:Provenance) WHERE $dataset IN p.contributors
WITH collect(p.id) AS provenances
MATCH (n:{{label}}) WHERE n.provenance IN provenances {{and seen n}}
RETURN n.id AS row
