# Images written from the vendors' register descriptions alone: start-up with clock switching and
# PLL wait loops, interrupt-driven echo, PWM and capture, flash, sleep with wake-up, watchdog reset.
. "$(dirname "$0")/lib.sh"
CC=${CROSS:-arm-none-eabi-}gcc
V=$ROOT/tests/vendor
image() { # board cpu code ram source script flags...
  b=$1; cpu=$2; code=$3; ram=$4; source=$5; script=$6; shift 6
  $CC -mcpu="$cpu" -mthumb -Os -ffreestanding -nostdlib -I"$ROOT" -DSTACK=$((ram + 0x1000)) "$@" \
    -T "$V/vendor.ld" -Wl,--defsym=CODE="$code" -Wl,--defsym=RAM="$ram" "$V/$source" "$V/start.c" \
    -lgcc -o v.elf 2> cc.txt || cat cc.txt
  run 0 moat run -q -o v.rec --board "$b" --script "$V/$script" v.elf
  cp "$out" ours
  run 0 moat replay v.rec
}
# QEMU has some of the devices: its console is the same up to where it misses one, or somebody outside.
comes() { # text: within a minute
  n=0
  while ! grep -q "$1" theirs && [ $n -lt 1200 ]; do sleep 0.05; n=$((n + 1)); done
}
same_console() { # board last-line
  rm -f keys; mkfifo keys; : > theirs
  timeout -k 5 120 qemu-system-arm -M "$1" -nographic -monitor none -kernel v.elf < keys > theirs 2> qemu.err &
  exec 3> keys
  comes up; printf hello >&3
  comes "$2"; exec 3>&-; kill $!; wait $!
  check "$1: the console is QEMU's up to '$2'" sh -c \
    'head -c "$(wc -c < theirs)" ours | cmp -s - theirs && grep -q "$0" theirs' "$2"
}
image stm32vldiscovery cortex-m3 0x08000000 0x20000000 stm32.c stm32.moat \
  -DFAMILY=1 -DUSART=0x40013800u -DUSART_IRQ=37 -DEXTI_IRQ=6
image netduino2 cortex-m3 0x08000000 0x20000000 stm32.c stm32.moat \
  -DFAMILY=4 -DUSART=0x40011000u -DUSART_IRQ=37 -DEXTI_IRQ=6
image netduinoplus2 cortex-m4 0x08000000 0x20000000 stm32.c stm32.moat \
  -DFAMILY=4 -DUSART=0x40011000u -DUSART_IRQ=37 -DEXTI_IRQ=6
image stm32f4-discovery cortex-m4 0x08000000 0x20000000 stm32.c stm32.moat \
  -DFAMILY=4 -DUSART=0x40004400u -DUSART_IRQ=38 -DEXTI_IRQ=6
image nucleo-g071rb cortex-m0plus 0x08000000 0x20000000 stm32.c stm32.moat \
  -DFAMILY=0 -DUSART=0x40004400u -DUSART_IRQ=28 -DEXTI_IRQ=5
image lm3s6965evb cortex-m3 0 0x20000000 lm3s.c lm3s.moat
same_console lm3s6965evb 'waiting for the edge'
image microbit cortex-m0 0 0x20000000 nrf51.c nrf51.moat
same_console microbit 'ok echo'
for b in mps2-an385:cortex-m3 mps2-an386:cortex-m4 mps2-an500:cortex-m7 generic-m0:cortex-m0 \
    generic-m0plus:cortex-m0plus generic-m3:cortex-m3 generic-m4:cortex-m4 generic-m4f:cortex-m4 \
    generic-m7:cortex-m7 generic-m33:cortex-m33; do
  image "${b%:*}" "${b#*:}" 0 0x20000000 mps2.c mps2.moat -DP=0x40000000u -DUART=0x40004000u \
    -DUART_RX_IRQ=0 -DGPIO=0x40010000u -DGPIO_IRQ=6 -DWDT=0x40008000u
done
for b in mps2-an505 mps2-an521; do
  image "$b" cortex-m33 0x10000000 0x38000000 mps2.c mps2.moat -DP=0x50000000u -DUART=0x50200000u \
    -DUART_RX_IRQ=32 -DGPIO=0x50100000u -DGPIO_IRQ=100 -DWDT=0x50081000u
done
