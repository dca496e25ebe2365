// Recounts the relations of every entity.
MATCH (e:Entity)
CALL (e) { SET e.degree = COUNT { (e)-[]-() } } IN TRANSACTIONS OF 1000 ROWS
