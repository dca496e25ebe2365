// Relationships at some entities that are Hukun's, or have the id of one of Hukun's relations, and are not where that relation says. Each is
// found at its first end, or at the end that is Hukun's.
UNWIND $ids AS id
MATCH (e:Entity {id: id})-[r:{{any kind}}]-(o)
WHERE startNode(r) = e OR NOT coalesce(o:Entity AND o.provenance > 0, false)
OPTIONAL MATCH (v:Relation {id: r.id}) WHERE {{ours v}}
WITH r, v WHERE (v IS NULL AND {{ours r}})
  OR coalesce(v.kind <> type(r) OR v.from <> startNode(r).id OR v.to <> endNode(r).id, v IS NOT NULL)
RETURN DISTINCT [id(r), coalesce(toStringOrNull(r.id), ''), v IS NULL, coalesce(v.kind <> type(r), false)] AS row
