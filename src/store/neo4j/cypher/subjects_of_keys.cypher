// The record with each key. A key is unique over all kinds of records; a former id stays taken.
UNWIND $ids AS id
OPTIONAL MATCH (e:Entity {id: id}) {{where visible e}}
OPTIONAL MATCH (r:Relation {id: id}) {{where visible r}}
OPTIONAL MATCH (o:Observation {id: id}) {{where visible o}}
OPTIONAL MATCH (u:Rule {id: id}) {{where visible u}}
OPTIONAL MATCH (s:Source {id: id}) {{where listed s}}
OPTIONAL MATCH (f:Redirect {id: id}) {{where leads f}}
WITH id, CASE
  WHEN e IS NOT NULL THEN 'Entity' WHEN r IS NOT NULL THEN 'Relation' WHEN o IS NOT NULL THEN 'Observation'
  WHEN u IS NOT NULL THEN 'Rule' WHEN s IS NOT NULL THEN 'Source' WHEN f IS NOT NULL THEN 'Redirect' END AS label
WHERE label IS NOT NULL
RETURN [id, label] AS row
