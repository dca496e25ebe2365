{{anchor}}
WITH e WHERE {{where}}
RETURN count(e) AS row
