// Relations at an entity; one from it to itself counts once, as an undirected match sees it once.
UNWIND $ids AS id
MATCH (e:Entity {id: id})
SET e.degree = COUNT { (e)-[]-() }
RETURN [count(e)] AS row
