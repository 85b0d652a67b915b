#!/bin/sh
# Every shell script of the project passes shellcheck.
set -eu
command -v shellcheck > /dev/null || { echo "skipped: no shellcheck"; exit 77; }
cd "$CLONAL_SOURCE"
grep -rlE '^#!/bin/(ba)?sh' tools tests .ci | grep -v '/_[^/]*$' | xargs shellcheck -x --severity=warning
