// The relationships of some relations between their ends.
UNWIND $rows AS given
OPTIONAL MATCH (a:Entity {id: given[1]})
OPTIONAL MATCH (b:Entity {id: given[2]})
CALL (given, a, b) {
  MATCH (a)-[r:{{any kind}}]->(b) WHERE r.id = given[0]
  RETURN collect([id(r), type(r), r { {{properties}} }]) AS found
}
RETURN [given[0], a IS NOT NULL AND b IS NOT NULL, found] AS row
