// The transactions of writers of all processes: the status, which names the blocking transactions, the token, age, lease and connection.
// A waiting transaction is also recognized by its parameters.
SHOW TRANSACTIONS YIELD transactionId, status, metaData, elapsedTime, connectionId, parameters
WHERE coalesce(metaData.hukun, parameters.token) IS NOT NULL
RETURN [transactionId, status, coalesce(metaData.hukun, parameters.token), elapsedTime.milliseconds, coalesce(metaData.lease, -1),
  connectionId] AS row
