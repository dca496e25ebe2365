// Entities with ids after one, for rewriting the keys and tokens of their names.
MATCH (e:Entity) WHERE e.id > $after AND {{ours e}}
WITH e ORDER BY e.id LIMIT $limit
RETURN [e.id, e.body] AS row
