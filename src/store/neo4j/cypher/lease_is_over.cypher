// Whether a writer has sent no heartbeat in time, by the server's clock.
OPTIONAL MATCH (l:Lease {id: $token})
RETURN [l IS NULL OR l.until < datetime.realtime().epochMillis] AS row
