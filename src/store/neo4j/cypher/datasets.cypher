MATCH (d:Dataset)
RETURN [d.id, d.body, d.entities, d.relations] AS row
