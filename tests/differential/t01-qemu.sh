# Claim 2: the same image, byte for byte, prints the same on qemu-system-arm.
. "$(dirname "$0")/../cli/lib.sh"

both() { # board image; QEMU's time goes with its instructions: the tests of time are about that
  qemu 60 qemu.out qemu.err -M "$1" -icount shift=5,sleep=off -kernel "$2"
  theirs=$?
  moat run -q --no-record --board "$1" "$2" > "$out" 2> "$err" < /dev/null
  ours=$?
  check "$1 $(basename "$2"): same console as QEMU" cmp -s qemu.out "$out"
  check "$1 $(basename "$2"): same exit status as QEMU" [ "$ours" = "$theirs" ]
  cmp -s qemu.out "$out" || diff qemu.out "$out" | head -n 10
}
for board in mps2-an385 mps2-an386; do
  for guest in svc faults exceptions accesses; do
    both $board "$GUEST/$board/$guest.elf"
  done
done
for board in mps2-an385 mps2-an386 mps2-an500 mps2-an505; do
  for guest in demo suite suite-nx philosophers pipeline loader traps; do both $board "$GUEST/$board/$guest.elf"; done
done
for board in mps2-an386 mps2-an500 mps2-an505; do both $board "$GUEST/$board/fp.elf"; done
