# The loaders under libFuzzer, from the corpus of tests/fuzz: so many inputs, the same ones each time.
. "$(dirname "$0")/lib.sh"

mkdir corpus
how=-runs=200000; [ -z "${MOAT_LONG:-}" ] || how=-max_total_time=3600
"$ROOT/build/fuzz/fuzz_image" -seed=1 $how -max_len=8192 -timeout=10 -rss_limit_mb=2048 \
  -print_final_stats=1 -artifact_prefix="$T/" corpus "$ROOT/tests/fuzz/corpus" > "$out" 2> "$err"
status=$?
inputs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$err")
check "no finding in ${inputs:-0} inputs" [ "$status" = 0 ]
check 'as many as asked for' [ "${inputs:-0}" -ge 200000 ]
