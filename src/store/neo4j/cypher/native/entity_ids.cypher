MATCH (e:Entity) WHERE e.id > $after AND {{ours e}}
WITH e ORDER BY e.id LIMIT $limit
RETURN e.id AS row
