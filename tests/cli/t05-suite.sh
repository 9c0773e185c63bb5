# Keep's own tests, on each core: what they print is one line a test.
. "$(dirname "$0")/lib.sh"

for board in mps2-an385 mps2-an386 mps2-an500 mps2-an505 generic-m0plus; do for suite in suite suite-nx; do
  timeout 60 "$BUILD/moat" run -q --no-record --board $board "$GUEST/$board/$suite.elf" > "$out" 2> "$err" < /dev/null
  status=$?
  for name in $(sed -n 's/^  \(test_[a-z0-9_]*\): ok$/\1/p' "$out"); do echo "ok - $board $suite $name"; done
  check "$board $suite: it says that all passed" [ "$status" = 0 ]
  [ "$status" = 0 ] || grep -v ': ok$' "$out"
done; done
