// The relations that pass the filter between some entities and those shown.
MATCH (a:Entity) WHERE id(a) IN $from
MATCH (a)-[r:{{types}}]-(b) WHERE id(b) IN $shown AND {{where}}
WITH DISTINCT r.id AS key
MATCH (v:Relation {id: key})
RETURN [v.id, v.body] AS row
