// Records by id: {{label}} is Entity, Relation, Observation, Rule or Source; {{sort}} is `visible`, or `listed` for a source.
UNWIND $ids AS id
MATCH (n:{{label}} {id: id}) {{where {{sort}} n}}
RETURN [id, n.body] AS row
