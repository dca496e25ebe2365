// The names of the keys that relationships have.
SHOW CONSTRAINTS YIELD name WHERE name STARTS WITH 'hukun_relationship_' RETURN [name] AS row
