#!/usr/bin/env bash
# Say what is missing on this machine, and how to get it, before anything is built. Usage: check_tools.sh PYTHON
set -euo pipefail

python=${1:-python3}
missing=0

complain() {
    printf 'missing: %s\n    install it: %s\n' "$1" "$2" >&2
    missing=1
}

if ! command -v "$python" >/dev/null; then
    complain "$python" "apt-get install python3 python3-venv (3.11 or newer), or make PYTHON=/path/to/python3"
elif ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    complain "Python 3.11 or newer ($python is $("$python" -V 2>&1))" "make PYTHON=/path/to/python3.11"
elif ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    complain "the venv module of $python" "apt-get install python3-venv"
fi
if ! command -v gcc >/dev/null; then
    complain "gcc (the tests build Go programs that use cgo)" "apt-get install gcc libc6-dev"
elif ! printf '#include <stdlib.h>\nint main(void) { return 0; }\n' | gcc -fsanitize=address -x c - -o /dev/null 2>/dev/null; then
    complain "a gcc that finds <stdlib.h> and the address sanitizer" "apt-get install libc6-dev libgcc-12-dev (the number is gcc's major version)"
fi
command -v nm >/dev/null || complain "nm (the tests read symbol tables)" "apt-get install binutils"
exit "$missing"
