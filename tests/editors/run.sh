#!/usr/bin/env bash
# Every editor that is driven: run.sh [vscode|journey|neovim|emacs|vim]... Ends in `N passed, N failed` over all of them.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/env.sh"
vsix=$ROOT/dist/cgo-ls-linux-x64.vsix
log=$EDITORS/run.log
: >"$log"
status=0

step() {
    local name=$1 start=$SECONDS
    shift
    echo "== $name"
    # A journey is repeated once if it fails: a window on a busy machine can be too slow, a defect fails twice.
    if ! "$@" >"$EDITORS/step.log" 2>&1; then
        cat "$EDITORS/step.log"
        echo "== $name, again"
        "$@" >"$EDITORS/step.log" 2>&1 || status=1
    fi
    cat "$EDITORS/step.log" | tee -a "$log"
    echo "   ($((SECONDS - start)) s)"
}

chosen=${*:-vscode journey neovim emacs vim}
for name in $chosen; do
    case $name in
        vscode) step "VS Code, inside of the extension host" node "$here/vscode/host.mjs" "$vsix" ;;
        journey) step "VS Code, in a browser" node "$here/vscode/journey.mjs" "$vsix" "$ROOT/dist/screenshots" ;;
        neovim | emacs | vim) step "$name" "$here/$name/run.sh" ;;
        *) echo "run.sh [vscode|journey|neovim|emacs|vim]..." >&2 && exit 2 ;;
    esac
done
awk '/^[0-9]+ passed, [0-9]+ failed$/ { passed += $1; failed += $3 } END { printf "editors: %d passed, %d failed\n", passed, failed }' "$log"
exit $status
