// Recomputes `restricted` for every observation, after the entities.
{{restricted}}
MATCH (n:Observation)
MATCH (p:Provenance {id: n.provenance})
MATCH (e:Entity {id: n.entity})
WITH n, [d IN restricted WHERE d IN p.members OR d IN coalesce(e.restricted, [])] AS hidden_with
WHERE coalesce(n.restricted, []) <> hidden_with
SET n.restricted = CASE WHEN hidden_with = [] THEN null ELSE hidden_with END
RETURN [count(n)] AS row
