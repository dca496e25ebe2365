MATCH (k:ApiKey) RETURN {{key}} AS row
