#!/usr/bin/env bash
# Every editor that is driven: run.sh [grammar|vscode|journey|neovim|emacs|vim|helix]... Ends in `N passed, N failed` over all of them.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/env.sh"
vsix=$ROOT/dist/cgo-ls-linux-x64.vsix
log=$EDITORS/run.log
: >"$log"
status=0

# Nothing is tried twice. A step waits up to a minute for what it wants to see, since a machine that does much else is slow; where all
# is well nobody waits that long.
step() {
    local name=$1 start=$SECONDS
    shift
    echo "== $name"
    "$@" 2>&1 | tee -a "$log" || status=1
    echo "   ($((SECONDS - start)) s)"
}

# Lines of C by the grammar, against what really stands above an import "C": the Go tree, and Debian's packages where make corpus put them.
grammar() {
    cd "$ROOT/client-vscode"
    node test/grammar/eval.ts "$("$ROOT/.venv/bin/go" env GOROOT)/src" "$ROOT/examples"
    if [ -d "$ROOT/.cache/corpus/src" ]; then node test/grammar/eval.ts "$ROOT/.cache/corpus/src"; fi
}

chosen=${*:-grammar vscode journey neovim emacs vim helix}
for name in $chosen; do
    case $name in
        grammar) step "the grammar, on real code" grammar ;;
        vscode) step "VS Code, inside of the extension host" node "$here/vscode/host.mjs" "$vsix" ;;
        journey) step "VS Code, in a browser" node "$here/vscode/journey.mjs" "$vsix" "$ROOT/dist/screenshots" ;;
        neovim | emacs | vim | helix) step "$name" "$here/$name/run.sh" ;;
        *) echo "run.sh [grammar|vscode|journey|neovim|emacs|vim|helix]..." >&2 && exit 2 ;;
    esac
done
awk '/^[0-9]+ passed, [0-9]+ failed$/ { passed += $1; failed += $3 } END { printf "editors: %d passed, %d failed\n", passed, failed }' "$log"
exit $status
