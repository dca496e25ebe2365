// Renews the lease of a token, and deletes leases that ended an hour ago.
MERGE (l:Lease {id: $token})
SET l.until = datetime.realtime().epochMillis + $lease_ms
WITH l.until - $lease_ms - 3600000 AS long_ago
CALL (long_ago) { MATCH (old:Lease) WHERE old.until < long_ago DELETE old }
RETURN [long_ago] AS row
