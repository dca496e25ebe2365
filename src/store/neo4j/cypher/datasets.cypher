MATCH (d:Dataset) WHERE {{ours body d}}
RETURN [d.id, d.body, d.entities, d.relations] AS row
