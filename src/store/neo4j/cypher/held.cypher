// What is at entities that are about to be deleted.
UNWIND $ids AS id
MATCH (e:Entity {id: id})-[r:{{any kind}}]-() {{where seen r}}
RETURN [id, 'relation', r.id] AS row
UNION ALL
UNWIND $ids AS id
MATCH (o:Observation {entity: id}) {{where seen o}}
RETURN [id, 'observation', o.id] AS row
