// What a process keeps: every id that was merged away, with the id kept; and, alone, every data set that is restricted.
MATCH (r:Redirect) WHERE {{ours redirect r}} RETURN [r.id, r.to] AS row
UNION ALL
MATCH (d:Dataset) WHERE d.access = 'restricted' AND {{ours body d}} RETURN [d.id, null] AS row
