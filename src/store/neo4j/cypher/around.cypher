// What lies one step from some entities, by id, each once: of a hub's fifty thousand only as many as may be shown are sent.
// {{types}} and {{where}} are the filter; {{counts}} and the row are as in around_start.cypher.
MATCH (a:Entity) WHERE id(a) IN $from
MATCH (a)-[r{{types}}]-(b) WHERE {{where}}
WITH DISTINCT b ORDER BY b.id LIMIT $limit
RETURN [id(b), b.id, b.body, {{counts}}] AS row
