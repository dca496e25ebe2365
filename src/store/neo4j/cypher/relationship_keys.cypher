// The names of the uniqueness constraints of relationships.
SHOW CONSTRAINTS YIELD name WHERE name STARTS WITH 'hukun_relationship_' RETURN [name] AS row
