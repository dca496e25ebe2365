// {{kind}} is a row of the ontology. A row whose end is not there makes no relationship: the writer counts.
UNWIND $rows AS given
MATCH (a:Entity {id: given.from}) MATCH (b:Entity {id: given.to})
CREATE (a)-[r:{{kind}}]->(b) SET r = given.properties
RETURN [count(r)] AS row
