// The labels that exist, or existed.
CALL db.labels() YIELD label RETURN label AS row
