UNWIND $keys AS key
MATCH (p:Provenance {key: key})
RETURN [p.key, p.id] AS row
