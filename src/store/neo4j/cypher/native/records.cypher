// A page of what stands under a label, by id, however damaged: its labels, some of its properties, its statements, whether it must have
// some, and what it rests on. {{test}} tells ours from others'.
MATCH (n:{{label}}) WHERE n.id > $after AND {{test}}
WITH n ORDER BY n.id LIMIT $limit
OPTIONAL MATCH (v:Evidence {of: n.id})
OPTIONAL MATCH (p:Provenance {id: n.provenance})
RETURN [n.id, labels(n), n { {{properties}} }, v { .statements, .quotes, .sources },
  p { .id, .evidence, .members, .contributors, .said_by }] AS row
