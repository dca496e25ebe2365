{{anchor}}
WITH e WHERE {{where}}
RETURN DISTINCT e.id AS row
