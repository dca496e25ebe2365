// The entities at which a walk begins, also those without outbound relations. Row: as in walk.cypher.
UNWIND $from AS id
MATCH (a:Entity {id: id}) {{where visible a}}
RETURN [[id(a), a.id, a.stage, a.valid_from, a.valid_to, a.provenance], []] AS row
