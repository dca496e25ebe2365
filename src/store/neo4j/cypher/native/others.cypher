// Nodes of others under a label of ours.
MATCH (n:{{label}}) WHERE NOT coalesce({{test}}, false)
RETURN count(n) AS row
