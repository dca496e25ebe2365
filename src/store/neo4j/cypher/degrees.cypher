// How many relations of each kind each entity has; see around_start.cypher.
UNWIND $ids AS asked
MATCH (b:Entity {id: asked})
RETURN [asked, {{counts}}] AS row
