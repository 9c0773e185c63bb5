# For the random guests: source it after tests/cli/lib.sh.
CROSS=${CROSS:-arm-none-eabi-}

fuzz_link() { # board guest seed cases elf
  place=
  [ "$1" = mps2-an505 ] && place=-Wl,--defsym=IMAGE_BASE=0x10000000,--defsym=RAM_BASE=0x38000000
  case $1 in generic-*) arch=cortex-m0 ;; *505) arch=cortex-m33 ;; *) arch=cortex-m3 ;; esac
  "${CROSS}gcc" -mcpu=$arch -mthumb -nostdlib -Wl,--no-warn-rwx-segments $place \
    -Wl,--defsym=FUZZ_SEED="$3",--defsym=FUZZ_CASES="$4" -T "$ROOT/tests/guest/lib/guest.ld" -o "$5" \
    "$GUEST/$1/tests/differential/guests/$2.o" "$GUEST/$1/tests/guest/lib/start.o" -lgcc
}
fuzz_moat() { # board elf output
  timeout ${FUZZ_TIMEOUT:-600} "$BUILD/moat" run -q --no-record --board "$1" "$2" > "$3" 2> "$err" < /dev/null
}
fuzz_qemu() { # board elf output option...
  board=$1; elf=$2; to=$3; shift 3
  qemu "${FUZZ_TIMEOUT:-600}" "$err" "$to" -M "$board" "$@" -kernel "$elf"
}
# A seed that no run had before, for the long runs; printed, so that it can be had again.
fresh_seed() {
  seed=$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')
  echo "# seed $seed" >&2
  echo "$seed"
}
