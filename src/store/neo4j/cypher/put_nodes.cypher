// {{label}} and {{key}}: Relation, Observation, Rule or Source by `id`, Evidence by `of`. A missing value is null; properties of other
// programs stay.
UNWIND $rows AS properties
MERGE (n:{{label}} { {{key}}: properties.{{key}} })
SET n += properties
RETURN [count(n)] AS row
