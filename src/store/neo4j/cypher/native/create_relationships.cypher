// {{kind}} is a kind of the ontology.
UNWIND $rows AS given
MATCH (a:Entity {id: given.from}) MATCH (b:Entity {id: given.to})
CREATE (a)-[r:{{kind}}]->(b) SET r = given.properties
RETURN [count(r)] AS row
