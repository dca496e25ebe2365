// Records by id: {{label}} is Entity, Relation, Observation, Rule or Source.
UNWIND $ids AS id
MATCH (n:{{label}} {id: id})
RETURN [id, n.body] AS row
