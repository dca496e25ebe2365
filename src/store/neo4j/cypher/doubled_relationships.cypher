// Deletes all but one of the native relationships of a relation.
MATCH (a:Entity)
CALL (a) {
  MATCH (a)-[r]->(b:Entity) WHERE r.id IS NOT NULL
  WITH b, type(r) AS kind, r.id AS id, collect(r) AS copies WHERE size(copies) > 1
  FOREACH (again IN tail(copies) | DELETE again)
} IN TRANSACTIONS OF 500 ROWS
