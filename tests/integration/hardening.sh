#!/usr/bin/env bash
# What the compiler, the linker and the daemon itself put in the way of who gets
# in by a bug. The binary is looked at only when it was built in the plain way.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
needs_own_daemon

symbols=$(nm -D "$MLPD")
if grep -qE '__(asan|tsan|ubsan|gcov)_' <<<"$(nm "$MLPD" 2>/dev/null)$symbols"; then
    plain=
else
    plain=1
fi

# --- the binary -------------------------------------------------------------

if [ -n "$plain" ]; then
    dynamic=$(readelf -Wd "$MLPD")
    segments=$(readelf -Wl "$MLPD")
    not() { ! "$@"; }
    has() { grep -qE -- "$2" <<<"$1"; }
    check "it is position independent" \
        has "$(readelf -Wh "$MLPD")" 'Type: +DYN'
    check "and an executable, not a library" has "$dynamic" 'FLAGS_1.*\<PIE\>'
    check "all its symbols are bound at the start" has "$dynamic" 'FLAGS_1.*\<NOW\>'
    check "and read-only from then on" has "$segments" GNU_RELRO
    check "its stack is not executable" has "$segments" 'GNU_STACK.* RW +0x'
    check "nothing is writable and executable" not has "$segments" 'LOAD.* RWE '
    check "no code is relocated" not has "$dynamic" TEXTREL
    check "no folder of the build is searched for libraries" \
        not has "$dynamic" 'R(UN)?PATH'
    check "its frames have canaries" has "$symbols" '__stack_chk_fail'
    check "its calls of the C library are checked" \
        has "$symbols" '__(memcpy|snprintf|vsnprintf|fprintf|read)_chk'
    case $(uname -m) in
    x86_64) landing=endbr64 ;;
    aarch64) landing='bti|paciasp' ;;
    *) landing= ;;
    esac
    check "an indirect call lands where a function begins" \
        has "$(objdump -d --disassemble=main "$MLPD" | grep -A 1 '<main>:')" \
        "$landing"
    # The command line forks into a daemon of its own; one that serves may not.
    for call in strcpy strcat sprintf gets system popen execve dlopen; do
        check "it does not call $call()" not has "$symbols" " U $call(@|\$)"
    done
fi

# --- the process ------------------------------------------------------------

status_of() { sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status"; }
threads_with() { # how many threads say "$1: $2"
    cat "/proc/$pid/task/"*/status | grep -cE "^$1:[[:space:]]*$2\$"
}

start
train "$tag" 'target=species&epochs=3&seed=1'
is "it cannot gain privileges" 1 "$(status_of "$pid" NoNewPrivs)"
check "its files are its own" \
    test -z "$(find "$work/data" -perm /077 -print -quit)"
check "its port file, too" test -z "$(find "$work/port" -perm /077)"
# NO_SECCOMP=1 is for a sandbox that lets nobody install a filter.
if [ -n "$plain" ] && [ -z "${NO_SECCOMP:-}" ]; then
    is "its system calls are filtered, on each thread" \
        "$(find "/proc/$pid/task" -mindepth 1 -maxdepth 1 | wc -l)" \
        "$(threads_with Seccomp 2)"
    is "it is the owner's alone to look into: its memory is root's" root \
        "$(stat -c %U "/proc/$pid/mem")"
fi
stop
is "it ends in order" 0 "$exit_status"

start --no-seccomp --core-dumps
# Something around it may filter as well.
is "without the filter there is none but what was there" \
    "$(status_of $$ Seccomp)" "$(status_of "$pid" Seccomp)"
is "it still cannot gain privileges" 1 "$(status_of "$pid" NoNewPrivs)"
post_json /predict '{"model":"'"$tag"'","inputs":[[5.1,3.5,1.4,0.2]]}'
status_is "it answers" 200

finish
