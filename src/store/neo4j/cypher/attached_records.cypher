// The relations and observations of entities that are to be deleted.
UNWIND $ids AS id
MATCH (e:Entity {id: id})-[r:{{any kind}}]-() {{where visible r}}
RETURN [id, 'relation', r.id] AS row
UNION ALL
UNWIND $ids AS id
MATCH (o:Observation {entity: id}) {{where visible o}}
RETURN [id, 'observation', o.id] AS row
