// Every id that was merged away, and the id kept.
MATCH (r:Redirect) RETURN [r.id, r.to] AS row
