MATCH (c:Change) WHERE c.cursor > 0 {{told}} RETURN [count(c)] AS row
