#!/usr/bin/env bash
# Installs schemathesis, which asks the server what nobody thought of, into target/schemathesis; what is there already stays.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
wanted=tests/schemathesis/requirements.txt
home=target/schemathesis

if cmp --silent "$wanted" "$home/installed.txt"; then exit 0; fi
rm -rf "$home"
python3 -m venv "$home"
"$home/bin/pip" install --quiet --disable-pip-version-check --requirement "$wanted"
# Last, so that it stands for a finished install.
cp "$wanted" "$home/installed.txt"
