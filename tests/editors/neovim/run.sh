#!/usr/bin/env bash
# The journeys in Neovim with docs/editors/neovim as a user would have it.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../env.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$ROOT/examples" "$work/examples"
cd "$work/examples"
export HOME=$work XDG_CONFIG_HOME=$work/config XDG_STATE_HOME=$work/state XDG_DATA_HOME=$work/data CGO_LS_DOCS=$ROOT/docs/editors PATH=$ROOT/.venv/bin:$PATH
timeout 400 "$EDITORS/python/bin/nvim" --headless -u "$here/init.lua" -i NONE -n -c "luafile $here/journeys.lua" main.go
