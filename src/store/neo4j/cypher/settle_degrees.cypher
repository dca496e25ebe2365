// Counts the relations at entities; one from an entity to itself counts once, for an undirected match finds it once. Relationships of other
// programs do not count.
UNWIND $ids AS id
MATCH (e:Entity {id: id})
SET e.degree = COUNT { (e)-[at:{{any kind}}]-() WHERE {{ours at}} }
RETURN [count(e)] AS row
