// Who wrote a revision, and when; its changes name it.
UNWIND $rows AS properties
CREATE (w:Write) SET w = properties
RETURN [count(w)] AS row
