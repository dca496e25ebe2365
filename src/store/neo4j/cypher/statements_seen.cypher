// As statements.cypher, for a reader from whom something is hidden: what stands on a record is hidden with it.
// {{label}} is Entity, Relation, Observation or Rule.
UNWIND $ids AS id
MATCH (n:{{label}} {id: id}) {{where seen n}}
MATCH (v:Evidence {of: id})
RETURN [id, v.statements] AS row
