MATCH (hukun:Hukun) SET hukun.schema = $version
