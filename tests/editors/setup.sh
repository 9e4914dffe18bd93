#!/usr/bin/env bash
# Installs the editors that the tests drive: Debian's packages where we may, the rest below .cache/editors from npm and PyPI.
# Says what is missing and how to get it, and does nothing twice.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/env.sh"

# program, Debian package
programs=(chromium:chromium emacs:emacs-nox vim:vim script:bsdutils g++:g++ make:make curl:curl setsid:util-linux tmux:tmux)
packages=(elpa-eglot elpa-lsp-mode vim-ale fonts-dejavu-core gopls)
wanted=()
for pair in "${programs[@]}"; do
    command -v "${pair%%:*}" >/dev/null || wanted+=("${pair#*:}")
done
for package in "${packages[@]}"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || wanted+=("$package")
done
if ((${#wanted[@]})); then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${wanted[@]}" >"$EDITORS/apt.log" 2>&1 ||
            { tail -20 "$EDITORS/apt.log" >&2; exit 1; }
    else
        echo "the editor tests need: ${wanted[*]}" >&2
        echo "    install them: sudo apt-get install --no-install-recommends ${wanted[*]}" >&2
        exit 1
    fi
fi

# VS Code. Without install scripts and optional packages, which want a kerberos library, a keyring and minutes of compiling;
# then the two native modules that count: log files (so output channels), and the watchdog that ends an orphaned extension host.
if ! [ -f "$EDITORS/.code-server" ]; then
    cp "$here/package.json" "$here/package-lock.json" "$here/.npmrc" "$EDITORS/"
    (cd "$EDITORS" && npm ci --silent)
    cd "$CODE_SERVER/lib/vscode"
    npm install --silent --ignore-scripts --omit=dev --omit=optional
    version=$(node -p 'require("./node_modules/@parcel/watcher/package.json").version')
    watcher=node_modules/@parcel/watcher-linux-x64-glibc
    mkdir -p "$watcher"
    npm pack --silent "@parcel/watcher-linux-x64-glibc@$version" --pack-destination "$EDITORS" |
        xargs -I{} tar xzf "$EDITORS"/{} -C "$watcher" --strip-components=1
    CXXFLAGS="-O0 -g0" npm_config_jobs=2 npm rebuild --silent --foreground-scripts \
        @vscode/spdlog @vscode/native-watchdog >"$EDITORS/native.log" 2>&1 || { tail -40 "$EDITORS/native.log" >&2; exit 1; }
    touch "$EDITORS/.code-server"
fi

# The client that runs gopls in VS Code's window, as its own extension would.
if ! [ -f "$EDITORS/languageclient.cjs" ]; then
    (cd "$ROOT/client-vscode" && echo "module.exports = require('vscode-languageclient/node');" |
        node_modules/.bin/esbuild --bundle --platform=node --format=cjs --external:vscode --log-level=error --outfile="$EDITORS/languageclient.cjs")
fi

# Neovim as it is today; Debian's is older than the configuration it is to read.
if ! [ -x "$EDITORS/python/bin/nvim" ]; then
    "$ROOT/.venv/bin/python" -m venv "$EDITORS/python"
    "$EDITORS/python/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
fi

# Helix: Debian has it from 13 on. On an older one, that package with the C library it is made for, in a folder of its own.
if ! command -v hx >/dev/null && ! [ -x "$EDITORS/helix/hx" ]; then
    "$here/helix/fetch.sh" "$EDITORS/helix" ||
        echo "Helix cannot be had here: no hx on PATH, and this machine's mirror has no Debian 13" >&2
fi
