// Deletes a step in the transaction that applies it, if this writer's token is current: so it is applied once, even if a writer stops in
// between. Returns no row if another writer has taken over, and null if there is no such step.
{{fence}} AND commit.staged = $write
OPTIONAL MATCH (s:Step {write: $write, number: $number})
WITH s, CASE WHEN s IS NOT NULL THEN [s.text, s.parameter, s.rows, s.each] END AS row
DELETE s
RETURN row
