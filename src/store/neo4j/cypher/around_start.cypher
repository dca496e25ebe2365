// The entities where a neighborhood starts, by id, with the numbers of their relations by kind; one from an entity to itself is matched
// once. Row: internal id, id, body, [kind, number].
UNWIND $ids AS asked
MATCH (b:Entity {id: asked}) {{where visible b}}
WITH b ORDER BY b.id LIMIT $limit
CALL (b) {
  MATCH (b)-[at:{{any kind}}]-() {{where visible at}}
  WITH type(at) AS kind, count(at) AS number
  RETURN collect([kind, number]) AS counts
}
RETURN [id(b), b.id, b.body, counts] AS row
