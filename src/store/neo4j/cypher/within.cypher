// The entities that are in a region: {{homes}} binds `region` to the regions of an entity, and {{reaches}} tests whether one is the given
// region or below it.
UNWIND $ids AS id
MATCH (e:Entity {id: id}) {{where visible e}}
{{homes}}
{{reaches}}
RETURN DISTINCT id AS row
