#!/usr/bin/env bash
# Ends well when /health/ready says 200. By the shell's own means: the image has no HTTP client.
set -euo pipefail
address=${HUKUN_LISTEN:-127.0.0.1:8080}
exec 3<>"/dev/tcp/127.0.0.1/${address##*:}"
printf 'GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
read -r -t 4 _ status _ <&3
[[ $status == 200 ]]
