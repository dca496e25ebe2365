// The entities that a neighbourhood is of, by id, and how many relations of each kind each has; one from it to itself is matched
// once. Row: number, id, body, [kind, how many].
UNWIND $ids AS asked
MATCH (b:Entity {id: asked}) {{where seen b}}
WITH b ORDER BY b.id LIMIT $limit
CALL (b) {
  MATCH (b)-[at:{{any kind}}]-() {{where seen at}}
  WITH type(at) AS kind, count(at) AS number
  RETURN collect([kind, number]) AS counts
}
RETURN [id(b), b.id, b.body, counts] AS row
