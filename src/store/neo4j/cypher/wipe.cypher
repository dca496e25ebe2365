// Some of what there is, API keys not among it; asked again until there is nothing left.
MATCH (n) WHERE NOT n:ApiKey
WITH n LIMIT $limit
DETACH DELETE n
RETURN [count(n)] AS row
