MATCH (s:Source) WHERE $dataset IN s.datasets
RETURN s.id AS row
