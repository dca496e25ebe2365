#!/usr/bin/env bash
# What the Dockerfile builds, without a container engine:
#   scripts/image/build.sh OUT           builds the program and lays out in OUT what the image adds to its base
#   scripts/image/build.sh OUT BINARY    the same with a program that is built already
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
out=${1:?where to}
binary=${2:-}

if [[ -z $binary ]]; then
  cargo build --release --locked --bin hukun
  binary=${CARGO_TARGET_DIR:-target}/release/hukun
fi

install -D --strip --mode=755 "$binary" "$out/usr/local/bin/hukun"
install -D --mode=755 scripts/image/health.sh "$out/usr/local/bin/hukun-health"
install -D --mode=644 LICENSE "$out/usr/share/doc/hukun/LICENSE"
# There are pages to give notice of only where they were built.
if [[ -f web/dist/assets/LICENSES.txt ]]; then
  install -D --mode=644 web/dist/assets/LICENSES.txt "$out/usr/share/doc/hukun/LICENSES-pages.txt"
fi
install -d --mode=700 "$out/var/lib/hukun"

# The base has these libraries and no other. A new one would be found out when the image is run, and not before.
foreign=$(ldd "$out/usr/local/bin/hukun" | awk '{ print $1 }' |
  grep -vE '^(linux-vdso|(.*/)?ld-linux[^/]*|libc|libm|libgcc_s|libdl|libpthread|librt)\.so' || true)
[[ -z $foreign ]] || {
  echo "hukun needs libraries that the image's base lacks: $foreign" >&2
  exit 1
}
"$out/usr/local/bin/hukun" --version
