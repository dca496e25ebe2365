MATCH (hukun:Hukun {id: 'graph'}) SET hukun.schema = $version
