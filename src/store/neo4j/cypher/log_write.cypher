// The author and time of a revision; the changes of the revision refer to it.
UNWIND $rows AS properties
CREATE (w:Write) SET w = properties
RETURN [count(w)] AS row
