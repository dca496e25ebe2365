// The entities that a neighbourhood is of, by id. {{counts}} is how many relations of each kind one has: the server keeps the
// numbers of a hub, so that none are read. Row: number, id, body, counts.
UNWIND $ids AS asked
MATCH (b:Entity {id: asked})
WITH b ORDER BY b.id LIMIT $limit
RETURN [id(b), b.id, b.body, {{counts}}] AS row
