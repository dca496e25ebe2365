// Records of a label whose statements have a date, with ids after `$after`, with their statements.
MATCH (e:Evidence) WHERE e.of > $after AND e.statements CONTAINS '"o":"'
MATCH (n:{{label}} {id: e.of}) WHERE {{ours n}}
WITH n, e ORDER BY e.of LIMIT $limit
RETURN [n.id, n.body, e.statements] AS row
