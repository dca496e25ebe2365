// Entities by id after one, for the keys and tokens of their names to be written anew.
MATCH (e:Entity) WHERE e.id > $after AND {{ours e}}
WITH e ORDER BY e.id LIMIT $limit
RETURN [e.id, e.body] AS row
