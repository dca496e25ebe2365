UNWIND $numbers AS number
MATCH ()-[r]->() WHERE id(r) = number
DELETE r
RETURN [count(r)] AS row
