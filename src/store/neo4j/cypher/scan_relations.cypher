// A page by id, walked in the order of the index and no further than it is full.
MATCH (v:Relation) USING INDEX SEEK v:Relation(id)
WHERE v.id > {{above}} AND v.id < {{below}} AND {{where}}
WITH v ORDER BY v.id {{direction}} LIMIT {{limit}}
RETURN [{{part}}, v.id, v.body] AS row
