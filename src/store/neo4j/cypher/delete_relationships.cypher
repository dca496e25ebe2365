// From the end with fewer of them: the planner looks between two nodes that it knows.
UNWIND $rows AS given
MATCH (a:Entity {id: given.from}) MATCH (b:Entity {id: given.to})
MATCH (a)-[r:{{any kind}}]->(b) WHERE r.id = given.id
DELETE r
RETURN [count(r)] AS row
