// Ends a connection with its transaction. To terminate that alone would leave it open until its client asks for something.
CALL dbms.killConnection($connection) YIELD message RETURN [message] AS row
