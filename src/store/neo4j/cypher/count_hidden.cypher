// What is to be taken off such a count for a reader from whom something is hidden; an index has what is restricted, and nothing else.
MATCH (e:{{labels}}) WHERE e.restricted IS NOT NULL AND {{ours e}} AND any(hiding IN e.restricted WHERE hiding IN $hidden)
RETURN ['', count(e)] AS row
