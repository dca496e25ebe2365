UNWIND $rows AS given
MATCH ()-[r]->() WHERE id(r) = given.number
SET r += given.properties
RETURN [count(r)] AS row
