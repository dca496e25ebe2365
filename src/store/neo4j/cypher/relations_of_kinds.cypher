// The relations of some kinds, by id. They are found by the types of their relationships, however many relations there are.
MATCH (a:Entity)-[r:{{kinds}}]->(b:Entity) WHERE {{where}}
WITH r.id AS key ORDER BY key LIMIT $limit
MATCH (v:Relation {id: key})
RETURN [key, v.body] AS row
