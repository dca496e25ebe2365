MATCH (k:ApiKey {id: $id})
FOREACH (at IN CASE WHEN k.revoked_at IS NULL THEN [$at] ELSE [] END | SET k.revoked_at = at)
RETURN {{key}} AS row
