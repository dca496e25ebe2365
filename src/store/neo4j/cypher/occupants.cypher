// Which record has each key. A key is unique over all kinds; a former id stays taken.
UNWIND $ids AS id
OPTIONAL MATCH (e:Entity {id: id})
OPTIONAL MATCH (r:Relation {id: id})
OPTIONAL MATCH (o:Observation {id: id})
OPTIONAL MATCH (u:Rule {id: id})
OPTIONAL MATCH (s:Source {id: id})
OPTIONAL MATCH (f:Redirect {id: id})
WITH id, CASE
  WHEN e IS NOT NULL THEN 'Entity' WHEN r IS NOT NULL THEN 'Relation' WHEN o IS NOT NULL THEN 'Observation'
  WHEN u IS NOT NULL THEN 'Rule' WHEN s IS NOT NULL THEN 'Source' WHEN f IS NOT NULL THEN 'Redirect' END AS label
WHERE label IS NOT NULL
RETURN [id, label] AS row
