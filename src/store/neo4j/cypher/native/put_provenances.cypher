UNWIND $rows AS properties
MERGE (p:Provenance {key: properties.key})
SET p += properties
RETURN [count(p)] AS row
