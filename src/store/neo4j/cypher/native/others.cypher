// Nodes of other programs with one of Hukun's labels.
MATCH (n:{{label}}) WHERE NOT coalesce({{test}}, false)
RETURN count(n) AS row
