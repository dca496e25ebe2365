// Stores a step of a staged write. Only the writer that applies it reads it.
CREATE (s:Step {write: $write, number: $number, text: $text, parameter: $parameter, rows: $rows, each: $each})
RETURN [s.number] AS row
