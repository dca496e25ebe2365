// The entities one step from some entities, by id, each once: of a hub's fifty thousand only as many as may be shown are sent.
// {{types}} and {{where}} are the filter; the row is as in around_start.cypher.
MATCH (a:Entity) WHERE id(a) IN $from
MATCH (a)-[r:{{types}}]-(b) WHERE {{where}}
WITH DISTINCT b ORDER BY b.id LIMIT $limit
CALL (b) {
  MATCH (b)-[at:{{any kind}}]-() {{where visible at}}
  WITH type(at) AS kind, count(at) AS number
  RETURN collect([kind, number]) AS counts
}
RETURN [id(b), b.id, b.body, counts] AS row
