// A page of the nodes with a label, by id, also damaged ones: labels, some properties, statements, and provenance. {{test}} distinguishes
// Hukun's nodes from those of other programs.
MATCH (n:{{label}}) WHERE n.id > $after AND {{test}}
WITH n ORDER BY n.id LIMIT $limit
OPTIONAL MATCH (v:Evidence {of: n.id})
OPTIONAL MATCH (p:Provenance {id: n.provenance})
RETURN [n.id, labels(n), n { {{properties}} }, v { .statements, .quotes, .sources },
  p { .id, .evidence, .members, .contributors, .said_by }] AS row
