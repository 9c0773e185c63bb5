#!/bin/sh
# Run every test; the last line is "N passed, N failed". BUILD and GUEST come from the Makefile;
# MOAT_LONG=1 asks for the longer hunts.
set -u
cd "$(dirname "$0")/.." || exit 1
BUILD=${BUILD:-build/release}; GUEST=${GUEST:-build/guest}
export BUILD GUEST
export LSAN_OPTIONS="suppressions=$(pwd)/tests/lsan.supp:print_suppressions=0"
passed=0; failed=0
log=$BUILD/tests.log
: > "$log"

count() { # passed failed
  passed=$((passed + $1)); failed=$((failed + $2))
}

echo '== lint'
if sh tests/lint/lint.sh; then count 1 0; else count 0 1; fi

for t in "$BUILD"/tests/unit/test_*; do
  case $t in *.o | *.d | *.tmp | *.gc*) continue ;; esac
  echo "== $(basename "$t")"
  "$t" > "$log.one" 2>&1
  status=$?
  cat "$log.one" >> "$log"
  line=$(grep '^unit: ' "$log.one" | tail -n 1)
  if [ -n "$line" ]; then
    count "$(echo "$line" | sed 's/unit: \([0-9]*\) passed.*/\1/')" "$(echo "$line" | sed 's/.* \([0-9]*\) failed/\1/')"
    [ "$status" = 0 ] || grep -E ':[FE]:|assertion|ERROR|runtime error' "$log.one"
  else
    echo "died with status $status"; tail -n 20 "$log.one"; count 0 1
  fi
done

for t in tests/cli/t*.sh tests/differential/t*.sh; do
  [ -e "$t" ] || continue
  echo "== $t"
  sh "$t" > "$log.one" 2>&1
  status=$?
  cat "$log.one" >> "$log"
  ok=$(grep -c '^ok ' "$log.one"); bad=$(grep -c '^not ok ' "$log.one")
  count "$ok" "$bad"
  [ "$bad" = 0 ] || grep -A 12 '^not ok ' "$log.one"
  if [ "$status" != 0 ] && [ "$bad" = 0 ]; then
    echo "died with status $status"; tail -n 20 "$log.one"; count 0 1
  fi
done

rm -f "$log.one"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
