# Random programs of exceptions: Moat and QEMU show the same order of handlers, frames and state.
. "$(dirname "$0")/../cli/lib.sh"
. "$ROOT/tests/differential/lib.sh"
programs=${EXC_PROGRAMS:-300}; seed=1
[ -n "${MOAT_LONG:-}" ] && { programs=${EXC_PROGRAMS:-10000}; seed=$(fresh_seed); }

# README.md, "An SVC that escalates": the one field of the one case that may differ.
without_departures() { sed -E 's/^(E 3 [ef]) [02] /\1 - /' "$1"; }

same() { # board
  fuzz_link "$1" exc "$seed" "$programs" exc.elf || exit 1
  fuzz_moat "$1" exc.elf ours
  check "$1: the guest ran to its end" [ $? = 0 ]
  fuzz_qemu "$1" exc.elf qemu -singlestep
  without_departures ours > ours.text; without_departures qemu > qemu.text
  check "$1: $programs programs ran" [ "$(grep -c '^P' ours)" = "$programs" ]
  cmp -s ours.text qemu.text
  result $? "$1: $(grep -c '^[ET]' ours) handlers and operations as on QEMU"
  diff ours.text qemu.text | head -n 6 | sed 's/^/# /'
}
for board in mps2-an385 mps2-an386 mps2-an500 mps2-an505; do same $board; done
