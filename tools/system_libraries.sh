#!/bin/sh
# Make sure of what Python packages cannot bring: venv, and the libraries that WeasyPrint draws text with.
# Installs what is missing where it may (root, or sudo that asks nothing), else says which packages to install.
# Usage: system_libraries.sh [PYTHON [PACKAGE PROGRAM]...], for programs that are needed besides.
set -eu
python=${1:-python3}
[ $# -eq 0 ] || shift

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "auditor needs Python 3.11 or newer as '$python': install it, or say make PYTHON=/path/to/python3.11" >&2
    exit 2
fi

missing=""
"$python" -c 'import ensurepip, venv' 2>/dev/null ||
    missing="$missing python$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv"

# Debian's package and the library that must be found.
while read -r package library; do
    "$python" -c "import ctypes; ctypes.CDLL('$library')" 2>/dev/null || missing="$missing $package"
done <<EOF
libpango-1.0-0 libpango-1.0.so.0
libpangoft2-1.0-0 libpangoft2-1.0.so.0
libharfbuzz-subset0 libharfbuzz-subset.so.0
EOF

while [ $# -ge 2 ]; do
    command -v "$2" >/dev/null 2>&1 || missing="$missing $1"
    shift 2
done

[ -n "$missing" ] || exit 0
echo "Missing Debian packages:$missing"

if command -v apt-get >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ]; then
        as_root=""
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        as_root="sudo -n"
    else
        as_root="no"
    fi
    if [ "$as_root" != no ]; then
        # shellcheck disable=SC2086
        $as_root apt-get update -qq &&
            DEBIAN_FRONTEND=noninteractive $as_root apt-get install -qq -y --no-install-recommends $missing >/dev/null &&
            exit 0
    fi
fi
echo "They could not be installed from here. Install them and try again: sudo apt-get install$missing" >&2
exit 2
