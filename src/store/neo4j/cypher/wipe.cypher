// Deletes some of Hukun's nodes with a label, but no API keys; repeated until none is left. {{test}} distinguishes them from nodes of other
// programs with the same label, also if they are damaged.
MATCH (n:{{label}}) WHERE {{test}}
WITH n LIMIT $limit
DETACH DELETE n
RETURN [count(n)] AS row
