# Device registers against QEMU's models of the same devices: values after reset, and what comes back
# of what was written. Where the two differ, differences.txt has the manual's section that decides.
. "$(dirname "$0")/../cli/lib.sh"
D=$ROOT/tests/differential/devices; V=$ROOT/tests/vendor
CC=${CROSS:-arm-none-eabi-}gcc

steps() { # list: rows of C
  awk '!/^#/ { for (n = 3; n <= NF; n++) {
      split($n, part, "="); addr = "0x" substr($2, 1, 8) " + 0x" part[1]
      if (part[2] != "") print "{0, " addr ", 0x" part[2] "},"
      else print "{\"" $1 "+0x" part[1] "#" ++times[$1 part[1]] ": \", " addr ", 0}," } }' "$1"
}
probe() { # board cpu code ram
  steps "$D/$1.txt" > steps.h
  $CC -mcpu="$2" -mthumb -Os -ffreestanding -nostdlib -I"$ROOT" -I. -DSTEPS='"steps.h"' -DSTACK=$(($4 + 0x1000)) \
    -T "$V/vendor.ld" -Wl,--defsym=CODE="$3" -Wl,--defsym=RAM="$4" "$D/probe.c" "$V/start.c" -lgcc \
    -o probe.elf 2> cc.txt || cat cc.txt
  run 0 moat run -q --no-record --board "$1" probe.elf
  cp "$out" ours
  qemu 60 qemu.out theirs -M "$1" -kernel probe.elf
  check "$1: $(wc -l < theirs) registers read" [ "$(wc -l < ours)" = "$(grep -c '#' steps.h)" ]
  grep '#' theirs | paste -d' ' ours - | awk '$2 != $4 { print board, $1, $2 }' board="$1" > differ
  sed -n "s/^\($1 [^ ]* [^ ]*\) .*/\1/p" "$D/differences.txt" > known
  diff known differ > unknown
  result $? "$1: $(wc -l < differ) of them differ, each as its manual says"
  sed 's/^</# no more: /; s/^>/# unexplained: /' unknown | grep "^#" | head -n 100
}
for board in mps2-an385:cortex-m3:0:0x20000000 lm3s6965evb:cortex-m3:0:0x20000000 \
    netduino2:cortex-m3:0x08000000:0x20000000 netduinoplus2:cortex-m4:0x08000000:0x20000000 \
    stm32vldiscovery:cortex-m3:0x08000000:0x20000000 microbit:cortex-m0:0:0x20000000; do
  IFS=: read -r name cpu code ram <<EOF
$board
EOF
  probe "$name" "$cpu" "$code" "$ram"
done
