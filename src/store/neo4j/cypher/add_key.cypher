// Does nothing if the id is taken.
OPTIONAL MATCH (taken:ApiKey {id: $key.id})
WITH taken WHERE taken IS NULL
CREATE (k:ApiKey) SET k = $key
RETURN [k.id] AS row
