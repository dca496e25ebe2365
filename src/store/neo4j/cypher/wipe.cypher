// Some of what is ours under a label, API keys not among it; asked again until there is nothing left. {{ours}} tells it from what
// others keep under the same label, however damaged it is.
MATCH (n:{{label}}) WHERE {{test}}
WITH n LIMIT $limit
DETACH DELETE n
RETURN [count(n)] AS row
