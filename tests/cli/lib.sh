# For tests of the command line: source it, call check NAME COMMAND..., or run and look at files.
#
#     run 65 moat run missing.elf      run it; a test of its exit status
#     has err 'cannot open'            a test: stderr of the last run holds this text
#
# $out and $err are files with what the last run printed.
set -u
cd "$(dirname "$0")/../.." || exit 1
ROOT=$(pwd)
BUILD=${BUILD:-build/release}; GUEST=${GUEST:-build/guest}
case $BUILD in /*) ;; *) BUILD=$ROOT/$BUILD ;; esac
case $GUEST in /*) ;; *) GUEST=$ROOT/$GUEST ;; esac
M4=$GUEST/mps2-an386; M3=$GUEST/mps2-an385
T=$(mktemp -d "${TMPDIR:-/tmp}/moat-test.XXXXXX") || exit 1
trap 'chmod -R u+w "$T" 2>/dev/null; rm -rf "$T"' EXIT
out=$T/stdout; err=$T/stderr
moat() { "$BUILD/moat" "$@"; }
cd "$T" || exit 1

# The judge may hang when it ends (its exit runs in the guest's thread): then it is asked once more.
qemu() { # seconds stdout stderr|- option...; -: into stdout
  seconds=$1; qemu_out=$2; qemu_err=$3; shift 3
  for try in 1 2; do
    ( exec < /dev/null > "$qemu_out"
      if [ "$qemu_err" = - ]; then exec 2>&1; else exec 2> "$qemu_err"; fi
      exec timeout -k 5 "$seconds" qemu-system-arm -nographic \
        -semihosting-config enable=on,target=native "$@" )
    judged=$?
    case $judged in 124 | 137) ;; *) break ;; esac
  done
  return $judged
}

result() { # status name
  if [ "$1" = 0 ]; then echo "ok - $2"; else
    echo "not ok - $2"
    [ -e "$out" ] && { echo '# stdout:'; head -n 5 "$out"; }
    [ -e "$err" ] && { echo '# stderr:'; head -n 5 "$err"; }
  fi
}
check() { # name command...
  name=$1; shift
  "$@"; result $? "$name"
}
run() { # status command...
  want=$1; shift
  "$@" > "$out" 2> "$err" < /dev/null
  got=$?
  [ "$got" = "$want" ]; result $? "exit $want (got $got): $*"
}
has() { # out|err text
  eval "f=\$$1"
  grep -qF -- "$2" "$f"; result $? "$1 says: $2"
}
one_line() { # err is one "moat:" line and at most one hint
  [ "$(grep -c '^moat: ' "$err")" = 1 ] && [ "$(grep -vc '^moat: \|^hint: ' "$err")" = 0 ]
  result $? "one clear line: $(head -n 1 "$err" | cut -c 1-60)"
}
