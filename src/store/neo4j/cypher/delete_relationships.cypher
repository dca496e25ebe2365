// Starts at the end with fewer relationships: the planner expands between two bound nodes.
UNWIND $rows AS given
MATCH (a:Entity {id: given.from}) MATCH (b:Entity {id: given.to})
MATCH (a)-[r:{{any kind}}]->(b) WHERE r.id = given.id
DELETE r
RETURN [count(r)] AS row
