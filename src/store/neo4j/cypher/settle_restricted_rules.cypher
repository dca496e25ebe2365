// Recomputes `restricted` for every rule, after the entities: a rule is hidden with its bearer and its parties.
{{restricted}}
MATCH (n:Rule)
MATCH (p:Provenance {id: n.provenance})
WITH n, [d IN restricted WHERE d IN p.members
  OR EXISTS { UNWIND [n.bearer] + coalesce(n.parties, []) AS id MATCH (e:Entity {id: id}) WHERE d IN e.restricted }] AS hidden_with
WHERE coalesce(n.restricted, []) <> hidden_with
SET n.restricted = CASE WHEN hidden_with = [] THEN null ELSE hidden_with END
RETURN [count(n)] AS row
