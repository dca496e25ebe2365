// Entities of a kind without the label `Entity`.
MATCH (n:{{label}}) WHERE NOT n:Entity AND {{ours n}} AND {{ours body n}} AND n.id STARTS WITH $prefix
  AND NOT EXISTS { (:Entity {id: n.id}) }
RETURN [n.id, n.body] AS row
