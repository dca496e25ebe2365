#!/usr/bin/env bash
# Sees to it that the tools named are here:  scripts/need.sh cargo cc node npm python3 java mvn chromium
# Only tells whether they are:                scripts/need.sh --there node npm
# Root on a system with apt gets them installed; everyone else is told the one line to type.
set -euo pipefail

node_major_min=20 java_major_min=17

has() {
  case $1 in
    # Run, not only found: rustup's cargo is there even where the pinned toolchain is not.
    cargo) cargo --version >/dev/null 2>&1 ;;
    node) command -v node >/dev/null &&
      (($(node --print 'parseInt(process.versions.node)') >= node_major_min)) ;;
    # With what makes a virtual environment, which Debian has apart.
    python3) python3 -c 'import ensurepip, venv' >/dev/null 2>&1 ;;
    java) command -v java >/dev/null && (($(java_major) >= java_major_min)) ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

# 17 of `openjdk version "17.0.15" 2025-04-15`; the 1 of an old "1.8.0_442" is too little as well.
java_major() {
  local major
  major=$(java -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p')
  echo "${major:-0}"
}

package_of() {
  case $1 in
    cargo) echo rustup ;; # Debian's own cargo is older than rust-toolchain.toml asks for
    cc) echo build-essential ;;
    unshare | prlimit) echo util-linux ;;
    chromium) echo chromium fonts-noto-cjk ;; # without a Chinese font a picture shows boxes
    node) echo nodejs ;;
    java) echo default-jre-headless ;; # 17 or newer since Debian 12; which numbers a release has differs
    mvn) echo maven ;;
    python3) echo python3 python3-venv ;;
    *) echo "$1" ;;
  esac
}

if [[ ${1:-} == --there ]]; then
  for tool in "${@:2}"; do has "$tool" || exit 1; done
  exit 0
fi

may_install=false
if ((EUID == 0)) && command -v apt-get >/dev/null; then may_install=true; fi

updated=false
install() {
  echo "installing $1" >&2
  $updated || apt-get update -qq >&2
  updated=true
  # shellcheck disable=SC2086 # a tool may need several packages
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $1 >/dev/null
}

absent=() packages=()
for tool in "$@"; do
  # One by one: a package that this release lacks keeps no other out, and some bring two tools (nodejs often has npm).
  if ! has "$tool" && $may_install; then install "$(package_of "$tool")" || true; fi
  if ! has "$tool" && [[ $tool == cargo ]] && command -v rustup >/dev/null; then
    rustup toolchain install >&2 || true # which one, rust-toolchain.toml says
  fi
  if ! has "$tool"; then
    absent+=("$tool")
    packages+=("$(package_of "$tool")")
  fi
done
((${#absent[@]})) || exit 0

{
  echo "missing: ${absent[*]} (node from version $node_major_min, java from $java_major_min on). On Debian or Ubuntu type"
  echo "  sudo apt-get update && sudo apt-get install ${packages[*]}"
  echo "Elsewhere, or where those are too old: rustup.rs has cargo, nodejs.org has node and npm, adoptium.net has java."
} >&2
exit 1
