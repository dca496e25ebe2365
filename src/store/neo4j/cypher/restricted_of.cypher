// The restricted entities of some entities, with the data sets with which they are hidden.
UNWIND $ids AS id
MATCH (e:Entity {id: id}) WHERE e.restricted IS NOT NULL {{and visible e}}
RETURN [id, e.restricted] AS row
