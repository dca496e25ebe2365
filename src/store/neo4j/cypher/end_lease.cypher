MATCH (l:Lease {id: $token}) DELETE l
