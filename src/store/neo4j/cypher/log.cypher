UNWIND $rows AS properties
CREATE (c:Change) SET c = properties
RETURN [count(c)] AS row
