#!/bin/sh
# Installs the programs that the tests drive, on Debian and its kin, when run by root; otherwise says how.
# Does nothing, and needs no network, where they are installed already.
set -eu

# A line for each: the program's name (others that do as well behind bars), and Debian's package.
missing=""
while read -r names package; do
    found=""
    for name in $(echo "$names" | tr '|' ' '); do
        if command -v "$name" >/dev/null 2>&1; then found=yes; fi
    done
    if [ -z "$found" ]; then missing="$missing $package"; fi
done <<PROGRAMS
chromium|chromium-browser|google-chrome chromium
certutil libnss3-tools
curl curl
pg_ctlcluster|initdb postgresql
tmux tmux
PROGRAMS

if [ -z "$missing" ]; then
    exit 0
elif ! command -v apt-get >/dev/null 2>&1; then
    echo "The tests need what Debian has as:$missing. There is no apt-get on this machine: install them by hand." >&2
    exit 1
elif [ "$(id -u)" -ne 0 ]; then
    echo "Only root can install what the tests need. Run this, then the tests again:" >&2
    echo "    sudo apt-get update && sudo apt-get install -y --no-install-recommends$missing" >&2
    exit 1
else
    apt-get update -qq
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
fi
