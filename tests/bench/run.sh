#!/usr/bin/env bash
# make bench: installs and builds what a benchmark needs, then runs it.
#
#   tests/bench/run.sh engine    training and prediction in process, beside
#                                the peers: tests/bench/README.md
#   tests/bench/run.sh http [OPTION…]
#                                what a prediction costs beside bare HTTP and
#                                beside services as people write them
#   tests/bench/run.sh serving   predictions by HTTP while a training runs
#   tests/bench/run.sh gemm      the kernels alone
#   tests/bench/run.sh start     cold start, resident memory, size
#   tests/bench/run.sh quality [OPTION…]
#                                how good the models are, by HTTP, beside
#                                scikit-learn; --help lists the options
#
# BUILD is the build folder, MNIST a folder with the four unpacked files if
# they need not be fetched; INSTALL=no takes what is there. What cannot be had
# is left out of the table, with a line that says so.
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
cd "$top"
which=${1:-engine}
[ $# -eq 0 ] || shift
build=${BUILD:-build}
make=${MAKE:-make}
folder=$build/bench
mkdir -p "$folder"

# They make every user of OpenBLAS slower, where they are set.
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE

needs() { # needs GROUP…: packages, or go on with those that are there
    [ "${INSTALL:-yes}" = no ] || deploy/install-deps.sh "$@" >&2 ||
        echo "not all packages of $* are to be had" >&2
}

compile() {
    $make --no-print-directory -j"$(nproc)" "$@" >&2
}

# onnxruntime comes as a shared library in the package of its Node binding.
onnxruntime() {
    local version=1.30.0 machine found
    case $(uname -m) in
    x86_64) machine=x64 ;;
    aarch64) machine=arm64 ;;
    *) return 0 ;;
    esac
    found=$folder/onnxruntime-$version/libonnxruntime.so.1
    if [ ! -f "$found" ] && [ "${INSTALL:-yes}" != no ]; then
        command -v npm >/dev/null || needs npm
        local work
        work=$(mktemp -d)
        if (cd "$work" && timeout 180 npm pack --silent \
            "onnxruntime-node@$version" && tar -xzf ./*.tgz) >/dev/null 2>&1; then
            mkdir -p "${found%/*}"
            mv "$work"/package/bin/*/linux/"$machine"/libonnxruntime.so.1 "$found"
        fi
        rm -rf "$work"
    fi
    [ ! -f "$found" ] || echo "$found"
}

engine() {
    needs build bench
    compile bench-build
    # A peer that does not compile here is left out.
    for peer in fann dlib; do
        compile "$folder/peers/$peer" || rm -f "$folder/peers/$peer"
    done
    local mnist=${MNIST:-} library nets
    if [ -z "$mnist" ]; then
        mnist=build/demo/mnist
        deploy/demo/mnist.sh "$mnist" >/dev/null
    fi
    library=$(onnxruntime)
    mkdir -p "$folder/models"
    read -ra nets <<<"${NETS:-784-16-16-10 784-128-10 784-512-512-10}"
    /usr/bin/python3 tests/bench/peers/onnx_models.py "$folder/models" \
        "${nets[@]}" || {
        echo "no models, no predictions: python3-numpy is needed" >&2
        export TASKS="${TASKS:-train adam accuracy}"
    }
    exec /usr/bin/python3 tests/bench/table.py "$folder" "$mnist" "$library"
}

case $which in
engine)
    engine
    ;;
http)
    needs build http serving
    compile "$build/mlpd" "$folder/echo"
    exec /usr/bin/python3 tests/bench/predict_http.py --mlpd "$build/mlpd" \
        --echo "$folder/echo" ${QUICK:+--rounds 1 --seconds 1} "$@"
    ;;
serving)
    needs build demo serving
    compile "$build/mlpd"
    MLPD=$build/mlpd exec tests/bench/predict_while_training.sh \
        "${ROUNDS:-5}" "${QUICK:+1}"
    ;;
start)
    needs build
    compile "$build/mlpd"
    exec /usr/bin/python3 tests/bench/start.py --mlpd "$build/mlpd" "$@"
    ;;
gemm)
    needs build
    compile "$folder/gemm"
    exec "$folder/gemm"
    ;;
quality)
    needs build quality
    compile "$build/mlpd"
    BUILD=$build PYTHONDONTWRITEBYTECODE=1 exec /usr/bin/python3 \
        tests/bench/quality.py "$@"
    ;;
*)
    echo "no such benchmark: $which (engine, http, serving, start, gemm, quality)" >&2
    exit 2
    ;;
esac
