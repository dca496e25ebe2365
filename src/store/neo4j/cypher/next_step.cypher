// The first step of a staged write that is not applied yet.
MATCH (s:Step {write: $write})
RETURN min(s.number) AS row
