// The labels that there are, or were.
CALL db.labels() YIELD label RETURN label AS row
