// Which entities are in a region: {{homes}} binds `region` to those of an entity, {{reaches}} asks whether one is the region asked
// for, or below it.
UNWIND $ids AS id
MATCH (e:Entity {id: id}) {{where seen e}}
{{homes}}
{{reaches}}
RETURN DISTINCT id AS row
