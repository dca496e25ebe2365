// {{label}} is the kind's own, from the closed list of kinds. What a record lacks comes as null; properties of others stay.
UNWIND $rows AS properties
MERGE (e:Entity {id: properties.id})
SET e += properties, e:{{label}}
RETURN [count(e)] AS row
