// Recomputes `restricted`, the restricted data sets with which a record is hidden, for every entity: for a data set that becomes restricted or
// public.
{{restricted}}
MATCH (n:Entity)
MATCH (p:Provenance {id: n.provenance})
WITH n, p, [d IN restricted WHERE d IN p.members] AS hidden_with
WHERE coalesce(n.restricted, []) <> hidden_with
SET n.restricted = CASE WHEN hidden_with = [] THEN null ELSE hidden_with END,
    n.entangled = CASE WHEN hidden_with = [] OR size(hidden_with) = size(p.members) THEN null ELSE true END
RETURN [count(n)] AS row
