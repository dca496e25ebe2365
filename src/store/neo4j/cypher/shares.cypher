// The relations of kinds that pass on a share, and say which, by the entity they begin at.
UNWIND $ids AS asked
MATCH (e:Entity {id: asked})-[r:{{kinds}}]->() WHERE r.share IS NOT NULL {{and seen r}}
MATCH (v:Relation {id: r.id})
RETURN [asked, v.id, v.body] AS row
