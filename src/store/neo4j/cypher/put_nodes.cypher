// {{label}} and {{key}}: Relation, Observation, Rule or Source by `id`, Evidence by `of`. What a record lacks
// comes as null; properties of others stay.
UNWIND $rows AS properties
MERGE (n:{{label}} { {{key}}: properties.{{key}} })
SET n += properties
RETURN [count(n)] AS row
