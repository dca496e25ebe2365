// Entities about to be deleted that still have relations or observations.
UNWIND $ids AS id
MATCH (e:Entity {id: id})
WHERE EXISTS { (e)--() } OR EXISTS { MATCH (o:Observation {entity: id}) }
RETURN e.id AS row
