// {{kind}} is a kind of the ontology. A row whose end does not exist creates no relationship: the writer checks the count.
UNWIND $rows AS given
MATCH (a:Entity {id: given.from}) MATCH (b:Entity {id: given.to})
CREATE (a)-[r:{{kind}}]->(b) SET r = given.properties
RETURN [count(r)] AS row
