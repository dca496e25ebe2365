// Which of some entities are restricted, and with which data sets.
UNWIND $ids AS id
MATCH (e:Entity {id: id}) WHERE e.restricted IS NOT NULL {{and seen e}}
RETURN [id, e.restricted] AS row
