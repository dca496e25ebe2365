// Says anew of every entity which restricted data sets it is hidden with: when a data set becomes restricted, or ceases to be.
{{restricted}}
MATCH (n:Entity)
MATCH (p:Provenance {id: n.provenance})
WITH n, p, [d IN restricted WHERE d IN p.members] AS veil
WHERE coalesce(n.restricted, []) <> veil
SET n.restricted = CASE WHEN veil = [] THEN null ELSE veil END,
    n.entangled = CASE WHEN veil = [] OR size(veil) = size(p.members) THEN null ELSE true END
RETURN [count(n)] AS row
