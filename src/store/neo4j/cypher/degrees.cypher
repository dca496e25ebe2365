// How many relations of each kind each entity has; as in around_start.cypher.
UNWIND $ids AS asked
MATCH (b:Entity {id: asked}) {{where seen b}}
CALL (b) {
  MATCH (b)-[at:{{any kind}}]-() {{where seen at}}
  WITH type(at) AS kind, count(at) AS number
  RETURN collect([kind, number]) AS counts
}
RETURN [asked, counts] AS row
