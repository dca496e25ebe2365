UNWIND $rows AS given
MERGE (d:Dataset {id: given.id})
ON CREATE SET d.entities = 0, d.relations = 0
SET d.title = given.title, d.access = given.access, d.body = given.body
RETURN [count(d)] AS row
