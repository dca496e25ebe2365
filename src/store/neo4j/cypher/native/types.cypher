// The types of relationships that there are, or were.
CALL db.relationshipTypes() YIELD relationshipType RETURN relationshipType AS row
