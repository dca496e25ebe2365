// Does nothing if another key has the id. If the same key has it, the reply to an earlier try was lost.
MERGE (k:ApiKey {id: $key.id}) ON CREATE SET k = $key
WITH k WHERE k.hash = $key.hash AND k.role = $key.role AND k.created_at = $key.created_at
RETURN [k.id] AS row
