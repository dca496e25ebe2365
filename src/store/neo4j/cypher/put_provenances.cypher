UNWIND $rows AS properties
CREATE (p:Provenance) SET p = properties
RETURN [count(p)] AS row
