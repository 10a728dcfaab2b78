#!/usr/bin/env bash
# Checks deploy/kubernetes without a cluster: `make kubernetes`. Needs npm, and
# the network for its packages.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp tests/kubernetes/{package.json,check.mjs,kserve.mjs} "$work"
npm install --prefix "$work" --no-audit --no-fund --ignore-scripts --silent
node "$work/check.mjs" deploy/kubernetes "${MLPD:-build/mlpd}"
