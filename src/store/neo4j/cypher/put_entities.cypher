// {{label}} is the label of the kind, from the closed list of kinds. A missing value is null; properties of other programs stay.
UNWIND $rows AS properties
MERGE (e:Entity {id: properties.id})
SET e += properties, e:{{label}}
RETURN [count(e)] AS row
