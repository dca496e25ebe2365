#!/usr/bin/env bash
# Makes the password that docker-compose.yml hands to both services, once: secrets/neo4j_password, and secrets/neo4j_auth
# with the same in the form that Neo4j's image asks for.
#   scripts/secrets.sh          a random one
#   scripts/secrets.sh FILE     the first line of FILE
set -euo pipefail
folder=$(dirname "${BASH_SOURCE[0]}")/../secrets

if [[ -e $folder/neo4j_password ]]; then
  echo "secrets/neo4j_password is there already; docs/deploy.md says how to change it" >&2
  exit 1
fi
if (($#)); then
  password=$(head -n 1 -- "$1")
else
  password=$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')
fi
if ((${#password} < 8)) || [[ $password == */* ]]; then
  echo "the password must have 8 characters and no slash" >&2
  exit 1
fi
# The folder keeps others of this machine out. The files themselves must be readable for the users of the containers,
# because Compose mounts them with the mode that they have here.
mkdir -p "$folder"
chmod 700 "$folder"
printf 'neo4j/%s\n' "$password" >"$folder/neo4j_auth"
printf '%s\n' "$password" >"$folder/neo4j_password" # last: with it, all is made
chmod 444 "$folder/neo4j_password" "$folder/neo4j_auth"
echo "made secrets/neo4j_password and secrets/neo4j_auth"
