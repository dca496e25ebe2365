// Numbers of relations of each entity by kind; as in around_start.cypher.
UNWIND $ids AS asked
MATCH (b:Entity {id: asked}) {{where visible b}}
CALL (b) {
  MATCH (b)-[at:{{any kind}}]-() {{where visible at}}
  WITH type(at) AS kind, count(at) AS number
  RETURN collect([kind, number]) AS counts
}
RETURN [asked, counts] AS row
