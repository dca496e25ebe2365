// The entities at which a walk begins: those too that nothing leads out of. Row: as in walk.cypher.
UNWIND $from AS id
MATCH (a:Entity {id: id}) {{where seen a}}
RETURN [[id(a), a.id, a.stage, a.valid_from, a.valid_to, a.provenance], []] AS row
