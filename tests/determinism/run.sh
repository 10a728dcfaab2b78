#!/usr/bin/env bash
# One model, one sha256: trains the models of trials.c with several numbers of
# threads and every instruction set of this machine, and compares the files.
# A trial passes when all of its files are the same.
#
#   BUILD=build tests/determinism/run.sh [arm64]
#
# `arm64` compares this machine's models with those of $BUILD/arm64, which qemu
# runs unless this machine is one. SLOW=1, for builds that are, does a share.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
build=${BUILD:-build}
share=${1:-all}
[ "$share" = arm64 ] || [ -z "${SLOW:-}" ] || share=slow
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# run_here | run_arm64 ARGUMENT…: the program of that build.
run_here() { "$build/determinism" "$@"; }
run_arm64() {
    local program=$build/arm64/determinism qemu
    if [ "$(uname -m)" = aarch64 ]; then
        "$program" "$@"
    elif qemu=$(command -v qemu-aarch64-static || command -v qemu-aarch64); then
        "$qemu" "$program" "$@"
    else
        echo "no qemu-aarch64: deploy/install-deps.sh arm64" >&2
        return 1
    fi
}

# columns MACHINE THREADS…: "MACHINE ISA THREADS" for each of its sets.
columns() {
    local isas isa threads
    isas=$("run_$1" isas) || return 1
    for isa in $isas; do
        for threads in "${@:2}"; do
            echo "$1 $isa $threads"
        done
    done
}

list_columns() {
    case $share in
    arm64) columns here 1 && columns arm64 1 3 ;;
    slow) columns here 1 4 ;;
    *) columns here 1 2 3 4 7 8 ;;
    esac
}

list_trials() {
    if [ "$share" = slow ]; then
        printf '%s\n' tanh_momentum_step elu_rmsprop_huber_cosine \
            gelu_adamw_balanced mish_multilabel_l1 early_stopping wide_slices \
            recipe_folds periodic_members level_embeddings_dropout
    else
        run_here names
    fi
}

unpack() {
    local name digits=tests/data/mnist-small/t10k
    mkdir "$work/data"
    for name in iris wdbc diabetes; do
        cp "tests/data/$name/train.csv" "$work/data/$name.csv"
    done
    gzip -dc $digits-images-idx3-ubyte.gz >"$work/data/images"
    gzip -dc $digits-labels-idx1-ubyte.gz >"$work/data/labels"
}

# train MACHINE ISA THREADS: prints "TRIAL MACHINE,ISA,THREADS SHA256".
train() {
    local column=$1,$2,$3 names
    mapfile -t names <"$work/trials"
    mkdir "$work/$column"
    "run_$1" "$work/data" "$2" "$3" "$work/$column" "${names[@]}"
    (cd "$work/$column" && sha256sum -- *) |
        awk -v column="$column" '{ print $2, column, $1 }' >"$work/$column.sums"
}
export -f train run_here run_arm64
export build work

list_columns >"$work/columns" || exit 1
list_trials >"$work/trials" || exit 1
unpack || exit 1
# shellcheck disable=SC2016 # the inner shell's words
timeout 600 xargs -P 2 -L 1 bash -c 'train "$@"' _ <"$work/columns"
cat "$work"/*.sums >"$work/digests"
awk -f tests/determinism/compare.awk "$work"/{columns,trials,digests}
