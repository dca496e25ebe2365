UNWIND $ids AS id
MATCH (n:{{label}} {id: id}) WHERE NOT n:Entity
SET n:Entity
RETURN [count(n)] AS row
