#!/usr/bin/env bash
# Installs the Debian packages that are missing for what is to be done:
#
#   deploy/install-deps.sh build|test|demo|lint|clang|fuzz|cover|arm64|bench|
#                          quality|serving|npm|prometheus|onnx …
#
# It asks apt for nothing that is already there, and uses sudo unless root.
set -euo pipefail

declare -A packages=(
    [build]="gcc libc6-dev make pkg-config libmicrohttpd-dev libjansson-dev
             libuv1-dev libsqlite3-dev nettle-dev zlib1g-dev
             libprotobuf-c-dev protobuf-c-compiler"
    [test]="libcriterion-dev curl jq openssl procps xxd"
    [demo]="curl jq"
    [lint]="clang-format clang-tidy shellcheck systemd"
    [clang]="clang"
    [fuzz]="clang libclang-rt-dev llvm"
    [cover]="gcovr"
    [arm64]="gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static"
    [bench]="python3-numpy python3-torch python3-sklearn python3-onnx
             libopenblas0-openmp libfann-dev libdlib-dev
             liblapack-dev libblas-dev g++"
    [http]="python3-fastapi python3-uvicorn python3-uvloop python3-httptools
            python3-numpy python3-sklearn"
    [quality]="python3-numpy python3-sklearn"
    [serving]="wrk"
    [npm]="npm"
    [onnx]="python3-onnx curl jq"
    [prometheus]="prometheus curl jq"
)

missing=()
for set in "$@"; do
    for package in ${packages[$set]:?no such set of packages: $set}; do
        status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null ||
            true)
        [ "$status" = installed ] || missing+=("$package")
    done
done
[ ${#missing[@]} -gt 0 ] || exit 0

if ! command -v apt-get >/dev/null; then
    echo "These packages are needed (Debian's names): ${missing[*]}" >&2
    exit 1
fi
sudo=()
[ "$(id -u)" -eq 0 ] || sudo=(sudo)
echo "installing ${missing[*]}"
# Prometheus brings a service; its tool is what is wanted. Debian asks this file
# whether a service may be started.
policy=/usr/sbin/policy-rc.d
if [[ " ${missing[*]} " == *" prometheus "* && ! -e $policy ]]; then
    trap '"${sudo[@]}" rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' | "${sudo[@]}" tee "$policy" >/dev/null
    "${sudo[@]}" chmod 755 "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
"${sudo[@]}" apt-get -qq update
"${sudo[@]}" apt-get -qq install -y --no-install-recommends "${missing[@]}" \
    >/dev/null
