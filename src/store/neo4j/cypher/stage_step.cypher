// A step of a write that is staged. Nobody reads it but who applies it.
CREATE (s:Step {write: $write, number: $number, text: $text, parameter: $parameter, rows: $rows, each: $each})
RETURN [s.number] AS row
