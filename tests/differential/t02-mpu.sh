# Random MPU registers and accesses: Moat, QEMU and the naive evaluator agree (README.md).
. "$(dirname "$0")/../cli/lib.sh"
. "$ROOT/tests/differential/lib.sh"
JUDGE=$BUILD/tests/differential/judge_mpu
cases=${MPU_CASES:-50000}; seed=1
[ -n "${MOAT_LONG:-}" ] && { cases=${MPU_CASES:-1000000}; seed=$(fresh_seed); }

judged() { # board architecture oracle...
  fuzz_link "$1" mpu "$seed" "$cases" mpu.elf || exit 1
  fuzz_moat "$1" mpu.elf ours
  check "$1: the guest ran to its end" [ $? = 0 ]
  [ -n "${3:-}" ] && fuzz_qemu "$1" mpu.elf qemu
  "$JUDGE" "$2" ours ${3:-} > "$out"
  result $? "$1: $cases random accesses, $(tail -n 1 "$out")"
}
judged mps2-an385 v7 qemu
judged mps2-an386 v7 qemu
judged mps2-an500 v7 qemu
judged mps2-an505 v8 qemu
judged generic-m0plus v6
