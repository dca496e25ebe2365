// The relations of some kinds, by id: the types of relationships lead to them, however many others there are.
MATCH (a:Entity)-[r:{{kinds}}]->(b:Entity) WHERE {{where}}
WITH r.id AS key ORDER BY key LIMIT $limit
MATCH (v:Relation {id: key})
RETURN [key, v.body] AS row
