// The relations at some entities that a ledger rests on, by id, each once. {{ends}} binds `e`; {{kinds}} are those that are no
// structure. The nodes are looked up in order, and no more of them than are wanted.
{{ends}}
MATCH (e)-[r:{{kinds}}]-() WHERE {{where}}
WITH DISTINCT r.id AS key ORDER BY key
MATCH (v:Relation {id: key}) WHERE {{evidence}}
WITH key, v ORDER BY key LIMIT $limit
RETURN [key, v.body] AS row
