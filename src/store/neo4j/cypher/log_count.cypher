MATCH (c:Change) WHERE c.cursor > 0 {{concerns}} RETURN [count(c)] AS row
