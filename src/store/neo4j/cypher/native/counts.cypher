// Number of records of a label that each data set has a row for.
MATCH (n:{{label}}) WHERE {{ours n}}
MATCH (p:Provenance {id: n.provenance})
UNWIND p.members AS dataset
WITH dataset, count(n) AS number
RETURN [dataset, number] AS row
