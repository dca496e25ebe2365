// Entities by id; one merged away gives the entity kept.
UNWIND $ids AS id
OPTIONAL MATCH (own:Entity {id: id})
OPTIONAL MATCH (merged:Redirect {id: id})
OPTIONAL MATCH (kept:Entity {id: merged.to})
WITH id, coalesce(own, kept) AS e WHERE e IS NOT NULL
RETURN [id, e.id, e.body] AS row
