MATCH (k:ApiKey) WHERE k.hash IS NOT NULL AND k.role IS NOT NULL RETURN {{key}} AS row
