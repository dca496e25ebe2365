// As statements.cypher, for a reader from whom something is hidden: the statements on a hidden record are hidden too.
// {{label}} is Entity, Relation, Observation or Rule.
UNWIND $ids AS id
MATCH (n:{{label}} {id: id}) {{where visible n}}
MATCH (v:Evidence {of: id})
RETURN [id, v.statements] AS row
