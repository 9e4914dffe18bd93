#!/usr/bin/env bash
# Vim with ALE and the linter of docs/editors/vim. Vim wants a terminal: script(1) gives it one.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../env.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$ROOT/examples" "$work/examples"
cd "$work/examples"
export HOME=$work CGO_LS_DOCS=$ROOT/docs/editors PATH=$ROOT/.venv/bin:$PATH TERM=xterm
timeout 400 script -qec "vim -T dumb -n -N -u $here/vimrc -i NONE -S $here/journey.vim main.go" /dev/null >vim.out 2>&1 </dev/null || true
if ! [ -f result.txt ]; then
    tail -c 600 vim.out
    echo '0 passed, 1 failed'
    exit 1
fi
cat result.txt
grep -q ' 0 failed' result.txt
