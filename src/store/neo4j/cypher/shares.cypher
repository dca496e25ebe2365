// The relations with a share of kinds that pass one on, by the entity where they begin.
UNWIND $ids AS asked
MATCH (e:Entity {id: asked})-[r:{{kinds}}]->() WHERE r.share IS NOT NULL {{and visible r}}
MATCH (v:Relation {id: r.id})
RETURN [asked, v.id, v.body] AS row
