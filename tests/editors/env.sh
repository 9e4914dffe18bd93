# Sourced by the scripts beside it: where everything is.
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
EDITORS=${EDITORS:-$ROOT/.cache/editors}
CODE_SERVER=$EDITORS/node_modules/code-server
export ROOT EDITORS
mkdir -p "$EDITORS"
. "$ROOT/tools/node_env.sh"
