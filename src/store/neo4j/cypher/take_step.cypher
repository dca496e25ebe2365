// Takes a step away in the transaction that applies it, while this writer's token is the one that counts: so it is applied once, whoever
// stops in the middle, and by one at a time. No row: another has taken over. Null: there is no such step.
{{fence}} AND commit.staged = $write
OPTIONAL MATCH (s:Step {write: $write, number: $number})
WITH s, CASE WHEN s IS NOT NULL THEN [s.text, s.parameter, s.rows, s.each] END AS row
DELETE s
RETURN row
