#!/bin/sh
':' //; for node in "${MESHRS_NODE:-}" "$(dirname "$(readlink -f "$0")")/../../../node_modules/.bin/node" node /usr/local/bin/node; do "$node" -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 24 ? 0 : 1)' 2>/dev/null && exec "$node" "$0" "$@"; done; echo 'mesh-agent needs Node 24 or newer. Put it on PATH, or name it: MESHRS_NODE=/path/to/node' >&2; exit 69
