// Number of relations with more than one native relationship between the same ends.
MATCH (a:Entity)
CALL (a) {
  MATCH (a)-[r]->(b:Entity) WHERE r.id IS NOT NULL
  WITH b, type(r) AS kind, r.id AS id, count(r) AS number WHERE number > 1
  RETURN count(*) AS doubled
}
RETURN [sum(doubled)] AS row
