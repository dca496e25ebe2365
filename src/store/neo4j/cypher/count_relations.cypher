{{anchor}}
WITH v WHERE {{where}}
RETURN count(DISTINCT v) AS row
