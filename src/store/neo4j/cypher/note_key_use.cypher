MATCH (k:ApiKey {id: $id}) WHERE coalesce(k.last_used_at, $at - 1) < $at
SET k.last_used_at = $at
RETURN [k.id] AS row
