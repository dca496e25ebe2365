// {{label}} and {{property}}: one of the five kinds of records, and where it names its data sets.
MATCH (n:{{label}}) WHERE $dataset IN n.{{property}}
RETURN n.id AS row
