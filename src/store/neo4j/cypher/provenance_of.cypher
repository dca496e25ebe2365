// {{label}} is Entity, Relation, Observation or Rule.
UNWIND $ids AS id
MATCH (n:{{label}} {id: id}) {{where visible n}}
RETURN [id, n.provenance] AS row
