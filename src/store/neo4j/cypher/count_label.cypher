// {{labels}} are Entity, alone or with a kind, or Relation. Nodes of others may have the same labels, so each is looked at.
MATCH (e:{{labels}}) WHERE {{ours e}}
RETURN ['{{labels}}', count(e)] AS row
