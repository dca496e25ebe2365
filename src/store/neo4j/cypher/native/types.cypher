// The types of relationships that exist, or existed.
CALL db.relationshipTypes() YIELD relationshipType RETURN relationshipType AS row
