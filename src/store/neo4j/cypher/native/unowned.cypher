// A page of statements by the id of their record, with whether that exists.
MATCH (v:Evidence) WHERE v.of > $after AND v.statements STARTS WITH '['
WITH v.of AS id ORDER BY id LIMIT $limit
RETURN [id, EXISTS { (:Entity {id: id}) } OR EXISTS { (:Relation {id: id}) } OR EXISTS { (:Observation {id: id}) }
  OR EXISTS { (:Rule {id: id}) }] AS row
