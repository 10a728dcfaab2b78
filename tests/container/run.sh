#!/usr/bin/env bash
# Builds the image and runs the curl tests against it: as uid 65532, with a
# read-only root and no capabilities, stopped by SIGTERM. There is no shell in
# the image: it is looked at from outside.
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
work=$(mktemp -d)
image_max=$((20 * 1000 * 1000)) # all of its layers
resident_max_kb=$((12 * 1024)) # as it stands there after its start

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
    local container
    for container in "$name" "$name"-{plain,tls,files}; do
        "$engine" rm -f -v "$container" >/dev/null 2>&1 || true
    done
    "$engine" volume rm -f "$name" "$name-keys" >/dev/null 2>&1 || true
    rm -rf "$work"
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
# The kernel gives a container a free port, and its log says which.
address_of() {
    local found=
    for _ in {1..300}; do
        found=$("$engine" logs "$1" 2>&1 |
            grep -om 1 '127\.0\.0\.1:[1-9][0-9]*' || true)
        [ -z "$found" ] || break
        sleep 0.1
    done
    echo "$found"
}
address=$(address_of "$name")
url=http://$address
curl -sS --retry 50 --retry-delay 1 --retry-connrefused --retry-max-time 30 \
    -o /dev/null "$url/readyz" || {
    "$engine" logs "$name" >&2
    exit 1
}

uid_is_65532() {
    [ "$("$engine" top "$name" huser | tail -n 1 | tr -d ' ')" = 65532 ]
}
proc_status() { # of the container's daemon
    cat "/proc/$("$engine" inspect -f '{{.State.Pid}}' "$name")/status"
}
has_no_capabilities() {
    proc_status | grep -q '^CapEff:[[:space:]]*0000000000000000$'
}
root_is_read_only() {
    local said
    said=$("$engine" exec "$name" /usr/bin/mlpd key create --data /usr/x \
        --scope admin 2>&1 || true)
    grep -q 'Read-only file system' <<<"$said"
}
is_healthy() {
    "$engine" exec "$name" /usr/bin/mlpd healthcheck --listen "$address"
}
# As it comes, port and all, in a network of its own.
healthcheck_of_the_image_works() {
    "$engine" run -d --name "$name-plain" --network none --read-only \
        --cap-drop all -e MLPD_ALLOW_ANONYMOUS=1 "$image" >/dev/null 2>&1
    for _ in {1..100}; do
        if [ "$engine" = podman ]; then
            ! "$engine" healthcheck run "$name-plain" >/dev/null 2>&1 || return 0
        else
            [ "$("$engine" inspect -f '{{.State.Health.Status}}' \
                "$name-plain")" != healthy ] || return 0
        fi
        sleep 0.2
    done
    return 1
}
# The libraries for it are loaded by nothing that other tests do.
speaks_tls() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
        -days 2 -subj /CN=localhost -addext 'subjectAltName=IP:127.0.0.1' \
        -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
    chmod 755 "$work"
    chmod 644 "$work"/*.pem
    "$engine" run -d --name "$name-tls" "${health[@]}" --network host \
        --read-only --cap-drop all -v "$work:/tls:ro" "$image" serve \
        --listen 127.0.0.1:0 --tls-cert /tls/cert.pem --tls-key /tls/key.pem \
        >/dev/null
    local secure
    secure=$(address_of "$name-tls")
    curl -sS --retry 20 --retry-delay 1 --retry-connrefused --cacert \
        "$work/cert.pem" -o /dev/null -w '%{http_code}' "https://$secure/healthz" |
        grep -qx 200
}
# Of each library's package there is a licence, and each text that one names.
holds_licences() {
    "$engine" create --name "$name-files" "$image" >/dev/null
    "$engine" export "$name-files" | tar -xf - -C "$work" --exclude=dev
    "$engine" rm "$name-files" >/dev/null
    local text
    [ "$(find "$work/usr/share/doc" -path '*/libmicrohttpd*/copyright' \
        -size +0 | wc -l)" = 1 ] && [ -s "$work/usr/share/doc/mlpd/copyright" ] &&
        [ "$(find "$work/usr/share/doc" -name copyright | wc -l)" -ge 10 ] || return
    for text in LGPL-2.1 LGPL-3 GPL-2 GPL-3; do
        [ -s "$work/usr/share/common-licenses/$text" ] || return
    done
}
has_no_shell() {
    [ -x "$work/usr/bin/mlpd" ] &&
        [ "$(find "$work" -path "$work/usr/bin/*" -o -name 'sh' \
            -o -name bash -o -name busybox)" = "$work/usr/bin/mlpd" ]
}
bytes=$("$engine" image inspect -f '{{.Size}}' "$image")
resident_kb=$(proc_status | awk '/^VmRSS:/ { print $2 }')

check "does not start without keys" refuses_to_stand_open
check "makes a key in its volume" makes_a_key
check "runs as uid 65532" uid_is_65532
check "has no capabilities" has_no_capabilities
check "cannot write to its root" root_is_read_only
check "says by its own healthcheck that it is healthy" is_healthy
check "the image's healthcheck finds it healthy" healthcheck_of_the_image_works
check "speaks TLS" speaks_tls
check "holds the licences of what is in it" holds_licences
check "holds one program, and that is no shell" has_no_shell
check "its layers have $bytes bytes, at most $image_max" \
    [ "$bytes" -le "$image_max" ]
check "it started with $resident_kb KiB, at most $resident_max_kb" \
    [ "$resident_kb" -le "$resident_max_kb" ]

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
