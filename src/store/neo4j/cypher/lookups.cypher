// The lookups of a process: every former id with its canonical id, and every restricted data set, with null.
MATCH (r:Redirect) WHERE {{ours redirect r}} RETURN [r.id, r.to] AS row
UNION ALL
MATCH (d:Dataset) WHERE d.access = 'restricted' AND {{ours body d}} RETURN [d.id, null] AS row
