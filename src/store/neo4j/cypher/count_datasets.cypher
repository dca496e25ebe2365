// Updates the numbers of entities and relations of data sets.
UNWIND $rows AS given
MATCH (d:Dataset {id: given.id})
SET d.entities = d.entities + given.entities, d.relations = d.relations + given.relations
RETURN [count(d)] AS row
