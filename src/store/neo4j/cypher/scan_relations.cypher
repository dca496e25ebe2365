// A page by id: the index is read in order until the page is full.
MATCH (v:Relation) USING INDEX SEEK v:Relation(id)
WHERE v.id > {{above}} AND v.id < {{below}} AND {{where}}
WITH v ORDER BY v.id {{direction}} LIMIT {{limit}}
RETURN [{{part}}, v.id, v.body] AS row
