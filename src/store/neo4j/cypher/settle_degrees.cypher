// Relations at an entity; one from it to itself counts once, as an undirected match sees it once. Relationships of others do not count.
UNWIND $ids AS id
MATCH (e:Entity {id: id})
SET e.degree = COUNT { (e)-[at:{{any kind}}]-() WHERE {{ours at}} }
RETURN [count(e)] AS row
