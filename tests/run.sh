#!/bin/sh
# Run every test, as many at a time as there are cores; the last line is "N passed, N failed". BUILD
# and GUEST come from the Makefile; MOAT_LONG=1 asks for the longer hunts; TESTS names the ones to
# run (patterns of file names, default all). A test that takes longer than TEST_SECONDS is ended with
# all that it started, and counts as failed.
set -u
cd "$(dirname "$0")/.." || exit 1
BUILD=${BUILD:-build/release}; GUEST=${GUEST:-build/guest}; TESTS=${TESTS:-*}
logs=$BUILD/logs
TEST_SECONDS=${TEST_SECONDS:-$([ -n "${MOAT_LONG:-}" ] && echo 14400 || echo 1200)}
export BUILD GUEST logs TEST_SECONDS
export LSAN_OPTIONS="suppressions=$(pwd)/tests/lsan.supp:print_suppressions=0"
passed=0; failed=0
rm -rf "$logs"; mkdir -p "$logs"

count() { # passed failed
  passed=$((passed + $1)); failed=$((failed + $2))
}

# Programs and scripts, those that take longest first.
list() {
  for t in "$BUILD"/tests/unit/test_replay "$BUILD"/tests/unit/test_boundaries \
      tests/cli/t*.sh tests/replay/t*.sh tests/differential/t*.sh "$BUILD"/tests/unit/test_*; do
    [ -f "$t" ] || continue
    # shellcheck disable=SC2254 # a pattern
    case $(basename "$t") in *.o | *.d | *.tmp | *.gc*) continue ;; $TESTS) echo "$t" ;; esac
  done | awk '!seen[$0]++'
}

case lint in
  $TESTS)
    echo '== lint'
    if sh tests/lint/lint.sh; then count 1 0; else count 0 1; fi ;;
esac

list | xargs -P "$(nproc)" -I {} sh -c '
  t={}; name=$(basename "$t")
  case $t in *.sh) set -- sh "$t" ;; *) set -- "$t" ;; esac
  timeout -k 10 "$TEST_SECONDS" "$@" > "$logs/$name" 2>&1
  echo $? > "$logs/$name.status"
  echo "== $t"'

for t in $(list); do
  log=$logs/$(basename "$t"); status=$(cat "$log.status")
  good=$(grep -a -c '^ok ' "$log"); bad=$(grep -a -c '^not ok ' "$log")
  line=$(grep -a '^unit: ' "$log" | tail -n 1)
  if [ -n "$line" ]; then
    good=$(echo "$line" | sed 's/unit: \([0-9]*\) passed.*/\1/')
    bad=$(echo "$line" | sed 's/.* \([0-9]*\) failed/\1/')
  fi
  count "$good" "$bad"
  [ "$bad" = 0 ] || { echo "-- $t"; grep -a -E -A 12 '^not ok |:[FE]:|assertion|ERROR|runtime error' "$log"; }
  if [ "$status" != 0 ] && [ "$bad" = 0 ]; then
    echo "-- $t died with status $status"; tail -n 20 "$log"; count 0 1
  fi
done

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
