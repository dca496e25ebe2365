// What each id stands for now.
UNWIND $ids AS id
OPTIONAL MATCH (own:Entity {id: id})
OPTIONAL MATCH (merged:Redirect {id: id})
WITH id, coalesce(own.id, merged.to) AS kept WHERE kept IS NOT NULL
RETURN [id, kept] AS row
