#!/usr/bin/env bash
# The journeys in Helix with docs/editors/helix/languages.toml, beside gopls.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../env.sh"
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cp -r "$ROOT/examples" "$work/examples"
mkdir -p "$work/config/helix"
cp "$ROOT/docs/editors/helix/languages.toml" "$work/config/helix/"
export GOTOOLCHAIN=local GOPROXY=off GOFLAGS=-mod=mod GOCACHE=$ROOT/.cache/go-build
export HOME=$work XDG_CONFIG_HOME=$work/config XDG_CACHE_HOME=$work/cache PATH=$ROOT/.venv/bin:$PATH TERM=xterm-256color LC_ALL=C.UTF-8
hx=$(command -v hx || echo "$EDITORS/helix/hx")
if ! [ -x "$hx" ]; then
    echo "not run: Helix cannot be had here (install hx, or use a mirror that has Debian 13)"
    exit 0
fi
timeout 400 "$ROOT/.venv/bin/python" "$here/journeys.py" "$hx" "$work/examples"
