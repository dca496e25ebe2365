// Which of some ids are of entities.
UNWIND $ids AS id
MATCH (e:Entity {id: id}) {{where seen e}}
RETURN e.id AS row
