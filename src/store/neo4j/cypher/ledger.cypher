// The relations of a ledger at some entities, by id, each once. {{ends}} binds `e`; {{kinds}} are the kinds that are not structural.
// The nodes are looked up in order, and only as many as the limit.
{{ends}}
MATCH (e)-[r:{{kinds}}]-() WHERE {{where}}
WITH DISTINCT r.id AS key ORDER BY key
MATCH (v:Relation {id: key}) WHERE {{evidence}}
WITH key, v ORDER BY key LIMIT $limit
RETURN [key, v.body] AS row
