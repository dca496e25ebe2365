MATCH (s:Source) USING INDEX SEEK s:Source(id)
WHERE s.id > {{above}} AND s.id < {{below}} {{and listed s}}
WITH s ORDER BY s.id {{direction}} LIMIT {{limit}}
RETURN [{{part}}, s.id, s.body] AS row
