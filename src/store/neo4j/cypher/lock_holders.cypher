// The transactions of writers, of any process: what each waits for, whose it is, how old, with what lease, and over which connection.
// One that waits is known by its parameters, too.
SHOW TRANSACTIONS YIELD transactionId, status, metaData, elapsedTime, connectionId, parameters
WHERE coalesce(metaData.hukun, parameters.token) IS NOT NULL
RETURN [transactionId, status, coalesce(metaData.hukun, parameters.token), elapsedTime.milliseconds, coalesce(metaData.lease, -1),
  connectionId] AS row
