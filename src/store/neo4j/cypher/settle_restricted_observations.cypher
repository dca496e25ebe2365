// The same of every observation, after the entities.
{{restricted}}
MATCH (n:Observation)
MATCH (p:Provenance {id: n.provenance})
MATCH (e:Entity {id: n.entity})
WITH n, [d IN restricted WHERE d IN p.members OR d IN coalesce(e.restricted, [])] AS veil
WHERE coalesce(n.restricted, []) <> veil
SET n.restricted = CASE WHEN veil = [] THEN null ELSE veil END
RETURN [count(n)] AS row
