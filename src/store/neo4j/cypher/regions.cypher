// The regions of each entity: {{homes}} binds `region`.
UNWIND $ids AS id
MATCH (e:Entity {id: id}) {{where visible e}}
{{homes}}
RETURN [id, region.id] AS row
