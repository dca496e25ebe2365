MATCH (hukun:Hukun {id: 'graph'}) SET hukun.provenance = $provenance
RETURN [hukun.provenance] AS row
