// Gives entities the label of their kind, {{label}}, and takes away those of others, {{others}}.
UNWIND $ids AS id
MATCH (e:Entity {id: id})
REMOVE e{{others}}
SET e:{{label}}
RETURN [count(e)] AS row
