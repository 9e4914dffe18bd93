#!/usr/bin/env bash
# The journeys in Emacs: eglot, then lsp-mode beside gopls. -q, not -Q: that would leave Debian's packages off the load path.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../env.sh"
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
export GOTOOLCHAIN=local GOPROXY=off GOFLAGS=-mod=mod GOCACHE=$ROOT/.cache/go-build
export HOME=$work/home CGO_LS_DOCS=$ROOT/docs/editors PATH=$ROOT/.venv/bin:$PATH
mkdir "$HOME"
status=0
for client in ${1:-eglot lsp_mode}; do
    export FOLDER=$work/$client
    cp -r "$ROOT/examples" "$FOLDER"
    timeout 400 emacs -q --batch -l "$here/$client.el" 2>"$work/$client.log" || { status=1; tail -15 "$work/$client.log"; }
done
exit $status
