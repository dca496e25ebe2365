// How many records of {{label}} each data set has that are hidden for the sake of another, and not with it: few or none, and an
// index has them alone.
MATCH (n:{{label}}) WHERE n.entangled IS NOT NULL AND {{ours n}} AND any(hiding IN n.restricted WHERE hiding IN $hidden)
MATCH (p:Provenance {id: n.provenance})
UNWIND p.members AS dataset
WITH dataset, count(n) AS number
RETURN ['{{label}}', dataset, number] AS row
