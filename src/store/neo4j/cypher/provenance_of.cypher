// {{label}} is Entity, Relation, Observation or Rule.
UNWIND $ids AS id
MATCH (n:{{label}} {id: id})
RETURN [id, n.provenance] AS row
