// Sets the label of the kind of entities, {{label}}, and removes those of other kinds, {{others}}.
UNWIND $ids AS id
MATCH (e:Entity {id: id})
REMOVE e{{others}}
SET e:{{label}}
RETURN [count(e)] AS row
