// Closes a connection, which ends its transaction. Terminating the transaction alone would leave it open until its client sends something.
CALL dbms.killConnection($connection) YIELD message RETURN [message] AS row
