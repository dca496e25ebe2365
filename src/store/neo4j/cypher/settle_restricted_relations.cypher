// Recomputes `restricted` for every relation, after the entities: a relation is hidden with its ends and with the programs it falls under.
{{restricted}}
MATCH (n:Relation)
MATCH (p:Provenance {id: n.provenance})
MATCH (a:Entity {id: n.from}) MATCH (b:Entity {id: n.to})
WITH n, p, a, b, [d IN restricted WHERE d IN p.members OR d IN coalesce(a.restricted, []) OR d IN coalesce(b.restricted, [])
  OR EXISTS { UNWIND n.under AS id MATCH (u:Entity {id: id}) WHERE d IN u.restricted }] AS hidden_with
WITH n, a, b, hidden_with, hidden_with <> [] AND (size(hidden_with) <> size(p.members) OR any(d IN hidden_with WHERE NOT d IN p.members)) AS entangled
WHERE coalesce(n.restricted, []) <> hidden_with OR (n.entangled IS NOT NULL) <> entangled
MATCH (a)-[r:{{any kind}}]->(b) WHERE r.id = n.id
SET n.restricted = CASE WHEN hidden_with = [] THEN null ELSE hidden_with END, r.restricted = n.restricted,
    n.entangled = CASE WHEN entangled THEN true END
RETURN [count(n)] AS row
