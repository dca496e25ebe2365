// The first step of a staged write that is yet to be applied.
MATCH (s:Step {write: $write})
RETURN min(s.number) AS row
