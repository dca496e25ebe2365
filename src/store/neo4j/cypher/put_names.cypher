// What entities are found by and sorted by, each with its id.
UNWIND $rows AS properties
MATCH (e:Entity {id: properties.id})
SET e += properties
RETURN [count(e)] AS row
