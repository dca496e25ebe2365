// The number of relations at each entity, by their nodes, and the stored number.
UNWIND $ids AS id
MATCH (e:Entity {id: id})
CALL (id) {
  MATCH (v:Relation) USING INDEX SEEK v:Relation(from, kind, id)
  WHERE v.from = id AND v.kind > '' AND v.id > '' AND {{ours v}}
  RETURN count(v) AS leading_out
}
CALL (id) {
  MATCH (v:Relation) USING INDEX SEEK v:Relation(to, kind, id)
  WHERE v.to = id AND v.kind > '' AND v.id > '' AND v.from <> id AND {{ours v}}
  RETURN count(v) AS leading_in
}
RETURN [id, leading_out + leading_in, coalesce(toIntegerOrNull(e.degree), -1)] AS row
