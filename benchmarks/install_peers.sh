#!/bin/sh
# Installs what EventRay is compared with: nginx with its Nchan module, on Debian and its kin.
# The benchmarks run without it too; their tables then hold no peer.
set -eu

packages="nginx libnginx-mod-nchan"
module=/usr/lib/nginx/modules/ngx_nchan_module.so

if command -v nginx >/dev/null 2>&1 && [ -e "$module" ]; then
    echo "nginx and Nchan are installed."
elif ! command -v apt-get >/dev/null 2>&1; then
    echo "There is no apt-get on this machine: install nginx and its module Nchan by hand." >&2
    exit 1
elif [ "$(id -u)" -ne 0 ]; then
    echo "Only root can install the peer. Run this, then the benchmarks again:" >&2
    echo "    sudo apt-get update && sudo apt-get install -y --no-install-recommends $packages" >&2
    exit 1
else
    # The distribution's own nginx service is of no use here, and must not be started.
    apt-get update -qq
    # shellcheck disable=SC2086
    RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages
fi
