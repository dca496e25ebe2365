MATCH (d:Dataset) WHERE {{ours body d}}
RETURN [d.id, d.body, d { .title, .access, .entities, .relations }] AS row
