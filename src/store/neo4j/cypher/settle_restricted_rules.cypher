// The same of every rule, after the entities: it is hidden with its bearer and with its parties.
{{restricted}}
MATCH (n:Rule)
MATCH (p:Provenance {id: n.provenance})
WITH n, [d IN restricted WHERE d IN p.members
  OR EXISTS { UNWIND [n.bearer] + coalesce(n.parties, []) AS id MATCH (e:Entity {id: id}) WHERE d IN e.restricted }] AS veil
WHERE coalesce(n.restricted, []) <> veil
SET n.restricted = CASE WHEN veil = [] THEN null ELSE veil END
RETURN [count(n)] AS row
