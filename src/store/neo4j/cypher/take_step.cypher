// Takes a step away in the transaction that applies it: so it is applied once, whoever stops in the middle, and by one at a time.
MATCH (s:Step {write: $write, number: $number})
WITH s, [s.text, s.parameter, s.rows, s.each] AS row
DELETE s
RETURN row
