// Recounts the rows of every data set, of {{label}} by the provenances of its records, into {{property}}.
MATCH (d:Dataset) SET d.{{property}} = 0
WITH count(d) AS datasets
MATCH (n:{{label}}) WITH n.provenance AS provenance, count(n) AS number
MATCH (p:Provenance {id: provenance}) UNWIND p.members AS id
WITH id, sum(number) AS number
MATCH (d:Dataset {id: id}) SET d.{{property}} = number
