#!/bin/sh
# Makes sure that a Chromium is there for the browser tests: an installed one, else the system's package
# (as root), else Playwright's own build. Usage: ensure_chromium.sh PYTHON
set -eu
python=$1

for name in chromium chromium-browser google-chrome google-chrome-stable; do
    if command -v "$name" >/dev/null 2>&1; then
        echo "browser: $(command -v "$name")"
        exit 0
    fi
done

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    if { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; } >/dev/null 2>&1 \
        && command -v chromium >/dev/null 2>&1; then
        echo "browser: $(command -v chromium)"
        exit 0
    fi
fi

"$python" -m playwright install chromium
