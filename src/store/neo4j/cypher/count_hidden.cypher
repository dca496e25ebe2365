// The number to subtract from a count for a reader from whom something is hidden; an index contains only the restricted records.
MATCH (e:{{labels}}) WHERE e.restricted IS NOT NULL AND {{ours e}} AND any(hiding IN e.restricted WHERE hiding IN $hidden)
RETURN ['', count(e)] AS row
