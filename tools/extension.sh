#!/usr/bin/env bash
# The VS Code extension: extension.sh check (types and unit tests) | build (out/extension.cjs). Installs what it needs from npm, once.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/node_env.sh"
cd "$_root/client-vscode"
if ! [ node_modules/.installed -nt package-lock.json ]; then
    npm ci --silent
    touch node_modules/.installed
fi
npm run --silent check
case ${1:-check} in
    check) npm test --silent ;;
    build) npm run --silent build ;;
    *) echo "extension.sh check|build" >&2 && exit 2 ;;
esac
