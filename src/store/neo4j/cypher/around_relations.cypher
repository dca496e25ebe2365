// The relations between some entities and those shown that pass the filter.
MATCH (a:Entity) WHERE id(a) IN $from
MATCH (a)-[r:{{types}}]-(b) WHERE id(b) IN $shown AND {{where}}
WITH DISTINCT r.id AS key
MATCH (v:Relation {id: key})
RETURN [v.id, v.body] AS row
