// The ids that are of entities, of some ids.
UNWIND $ids AS id
MATCH (e:Entity {id: id}) {{where visible e}}
RETURN e.id AS row
