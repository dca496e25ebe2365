// Numbers of records of {{label}} of each data set that are hidden with another data set and not with it. There are few or none, and an
// index contains only those.
MATCH (n:{{label}}) WHERE n.entangled IS NOT NULL AND {{ours n}} AND any(hiding IN n.restricted WHERE hiding IN $hidden)
MATCH (p:Provenance {id: n.provenance})
UNWIND p.members AS dataset
WITH dataset, count(n) AS number
RETURN ['{{label}}', dataset, number] AS row
