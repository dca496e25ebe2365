// A page of the few relations that an anchor finds.
{{anchor}}
WITH v WHERE v.id > {{above}} AND v.id < {{below}} AND {{where}}
WITH DISTINCT v ORDER BY v.id {{direction}} LIMIT {{limit}}
RETURN [{{part}}, v.id, v.body] AS row
