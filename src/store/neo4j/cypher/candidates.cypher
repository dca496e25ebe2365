// The entities with every token, by id; the caller verifies them.
{{anchor}}
WITH e WHERE {{where}}
WITH e ORDER BY e.id LIMIT $limit
RETURN [e.id, e.body] AS row
