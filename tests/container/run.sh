#!/usr/bin/env bash
# Builds the image and runs the curl tests against it: as uid 65532, with a
# read-only root and no capabilities, stopped by SIGTERM.
#
#   tests/container/run.sh        (needs podman and buildah, or docker)
#
# Where there is no registry, ../shared/container/prepare.sh, if it is there,
# makes the engine and the base image.
set -euo pipefail
cd "$(dirname "$0")/../.."
mkdir -p build # what was said is kept there
image=localhost/mlpd:test
name=mlpd-test-$$

if [ -x ../shared/container/prepare.sh ]; then
    ../shared/container/prepare.sh trixie
    CONTAINERS_CONF=$(cd ../shared/container && pwd)/containers.conf
    export CONTAINERS_CONF
fi
if command -v buildah >/dev/null && command -v podman >/dev/null; then
    engine=podman
    buildah build --pull-never --isolation chroot --network host --layers \
        --format docker -t "$image" .
elif command -v docker >/dev/null; then
    engine=docker
    docker build -t "$image" .
else
    echo "no container engine: install podman and buildah, or docker" >&2
    exit 1
fi

"$engine" volume create "$name" >/dev/null
cleanup() {
    "$engine" rm -f "$name" >/dev/null 2>&1 || true
    "$engine" volume rm -f "$name" "$name-keys" >/dev/null 2>&1 || true
}
trap cleanup EXIT
health=()
[ "$engine" = docker ] || health=(--no-healthcheck)
"$engine" run -d --name "$name" "${health[@]}" --network host --read-only \
    --cap-drop all --security-opt no-new-privileges --memory 512m \
    -v "$name:/var/lib/mlpd" "$image" \
    serve --listen 127.0.0.1:0 --data /var/lib/mlpd >/dev/null

# As it comes, it listens to other machines: it must not start without keys.
refuses_to_stand_open() {
    ! timeout 60 "$engine" run --rm "${health[@]}" --network host --read-only \
        --cap-drop all "$image" 2>&1 | tee build/container-open.log |
        grep -q '"event":"ready"' &&
        grep -q 'no keys' build/container-open.log
}
makes_a_key() {
    "$engine" run --rm "${health[@]}" --network host --read-only \
        --cap-drop all -v "$name-keys:/var/lib/mlpd" "$image" \
        key create --scope admin 2>/dev/null | grep -q '^mlpd_'
}

passed=0
failed=0
check() { # check TEXT COMMAND…
    if "${@:2}"; then
        passed=$((passed + 1))
        echo "ok   $1"
    else
        failed=$((failed + 1))
        echo "FAIL $1"
    fi
}
# The kernel gives it a free port, and its log says which.
address=
for _ in {1..300}; do
    address=$("$engine" logs "$name" 2>&1 |
        grep -om 1 '127\.0\.0\.1:[1-9][0-9]*' || true)
    [ -z "$address" ] || break
    sleep 0.1
done
url=http://$address
curl -sS --retry 50 --retry-delay 1 --retry-connrefused --retry-max-time 30 \
    -o /dev/null "$url/readyz" || {
    "$engine" logs "$name" >&2
    exit 1
}

uid_is_65532() {
    [ "$("$engine" top "$name" huser | tail -n 1 | tr -d ' ')" = 65532 ]
}
has_no_capabilities() {
    local pid
    pid=$("$engine" inspect -f '{{.State.Pid}}' "$name")
    grep -q '^CapEff:[[:space:]]*0000000000000000$' "/proc/$pid/status"
}
root_is_read_only() {
    ! "$engine" exec "$name" /bin/sh -c 'echo x >/usr/x' 2>/dev/null
}
is_healthy() {
    "$engine" exec "$name" /usr/bin/mlpd healthcheck --listen "$address"
}
check "does not start without keys" refuses_to_stand_open
check "makes a key in its volume" makes_a_key
check "runs as uid 65532" uid_is_65532
check "has no capabilities" has_no_capabilities
check "cannot write to its root" root_is_read_only
check "says by its own healthcheck that it is healthy" is_healthy

if BASE_URL=$url tests/integration/run.sh | tee build/container-tests.log; then
    :
fi
read -r ok bad < <(awk '/^[0-9]+ passed, [0-9]+ failed$/ { ok = $1; bad = $3 }
    END { print ok + 0, bad + 0 + !NR }' build/container-tests.log)
passed=$((passed + ok))
failed=$((failed + bad))
check "the curl tests ran against it" [ "$ok" -gt 0 ]

begun=$(date +%s)
"$engine" kill --signal TERM "$name" >/dev/null
status=$("$engine" wait "$name")
check "stops on SIGTERM with status 0, got $status" [ "$status" = 0 ]
check "stops within 20 s" [ $(($(date +%s) - begun)) -le 20 ]

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
