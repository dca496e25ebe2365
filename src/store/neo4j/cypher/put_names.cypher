// The properties by which entities are searched and sorted, each row with its id.
UNWIND $rows AS properties
MATCH (e:Entity {id: properties.id})
SET e += properties
RETURN [count(e)] AS row
