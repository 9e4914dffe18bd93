#!/usr/bin/env bash
# fetch.sh FOLDER: Helix out of Debian 13's package, with that Debian's C library beside it, so that it runs on Debian 12; nothing of
# it is installed. Its apt has lists of its own and uses the mirror that this machine uses.
set -euo pipefail
folder=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 2>/dev/null | grep -v -- -security | sort -u | head -1)
if [ -z "$mirror" ]; then
    echo "the editor tests need Helix (hx) on PATH: this machine's package manager has none" >&2
    exit 1
fi
mkdir -p "$work"/{lists/partial,archives/partial,debs}
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" >"$work/sources.list"
apt=(-qq -o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=/dev/null -o "Dir::State::lists=$work/lists"
    -o "Dir::Cache=$work" -o APT::Sandbox::User=root)
apt-get "${apt[@]}" update
(cd "$work/debs" && apt-get "${apt[@]}" download hx libc6 libgcc-s1)
rm -rf "$folder"
mkdir -p "$folder"
for package in "$work"/debs/*.deb; do
    dpkg-deb -x "$package" "$folder/root"
done
cat >"$folder/hx" <<'EOF'
#!/bin/sh
root=$(dirname "$(readlink -f "$0")")/root/usr
export HELIX_RUNTIME="$root/lib/hx/runtime"
exec "$root/lib64/ld-linux-x86-64.so.2" --library-path "$root/lib/x86_64-linux-gnu" "$root/lib/hx/hx" "$@"
EOF
chmod +x "$folder/hx"
"$folder/hx" --version
