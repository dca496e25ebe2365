// {{labels}} are Entity, alone or with a kind, or Relation. Nodes of other programs may have the same labels, so that each node is tested.
MATCH (e:{{labels}}) WHERE {{ours e}}
RETURN ['{{labels}}', count(e)] AS row
