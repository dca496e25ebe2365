MATCH (s:Source) WHERE $dataset IN s.datasets {{and listed s}}
RETURN s.id AS row
