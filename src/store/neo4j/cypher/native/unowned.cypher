// A page of statements by what they are on, and whether that is there.
MATCH (v:Evidence) WHERE v.of > $after AND v.statements STARTS WITH '['
WITH v.of AS id ORDER BY id LIMIT $limit
RETURN [id, EXISTS { (:Entity {id: id}) } OR EXISTS { (:Relation {id: id}) } OR EXISTS { (:Observation {id: id}) }
  OR EXISTS { (:Rule {id: id}) }] AS row
