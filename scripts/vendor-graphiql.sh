#!/usr/bin/env bash
# Takes GraphiQL's files out of their npm packages again, so that nobody has to trust what lies in assets/graphiql: after
# a run, `git status` is clean. To move to other versions change them here, run, look at the page, and see whether
# LICENSES.txt still tells the truth.
set -euo pipefail

# 4.1.2 is the last GraphiQL that ships a single browser file; React 19 ships none, so React stays at 18.
readonly graphiql=4.1.2 react=18.3.1

assets=$(cd "$(dirname "${BASH_SOURCE[0]}")/../assets/graphiql" && pwd)
packages=$(mktemp -d)
trap 'rm -rf "$packages"' EXIT

take() { # package version file…
  local tarball
  tarball=$(npm pack "$1@$2" --pack-destination "$packages" --silent)
  for file in "${@:3}"; do
    tar --extract --to-stdout --file "$packages/$tarball" "package/$file" >"$assets/${file##*/}"
  done
}

take graphiql "$graphiql" graphiql.min.js graphiql.min.css
take react "$react" umd/react.production.min.js
take react-dom "$react" umd/react-dom.production.min.js

cd "$assets"
sha256sum ./*.min.js graphiql.min.css
