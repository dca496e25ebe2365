// Redirects whose target is not an entity.
MATCH (r:Redirect) WHERE {{ours redirect r}} AND NOT EXISTS { (:Entity {id: r.to}) }
RETURN [r.id] AS row
