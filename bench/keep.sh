#!/bin/sh
# What Keep costs on a Cortex-M4 (mps2-an386), in Moat's cycles, beside what others have published
# for other boards (ratios, not victories). MOAT, GUEST and CROSS come from the Makefile.
set -u
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
M4=$GUEST/mps2-an386

# From the interrupt's entry to the first instruction of the user thread that it woke.
interrupt_to_user() { # recording
  "$MOAT" trace list "$1" | awk '
    /enter .*exception=IRQ20/ { from = $2 }
    from && /leave .*user thread/ { print "interrupt_to_user", $2 - from; exit }'
}
measure() { # image
  "$MOAT" run -q -o "$T/rec" "$M4/$1.elf" > "$T/$1" 2> /dev/null < /dev/null
  interrupt_to_user "$T/rec" >> "$T/$1"
}
of() { awk -v n="$2" '$1 == n { print $2 }' "$T/$1"; }
row() { # name words target published
  small=$(of latency "$1"); full=$(of latency-full "$1"); verdict=
  [ -n "$3" ] && { [ "${small:-99999}" -le "$3" ] && verdict=met || verdict=missed; }
  printf '%-44s %6s %6s  %6s %-7s %s\n' "$2" "${small:-?}" "${full:-?}" "$3" "$verdict" "$4"
}
bytes() { "${CROSS}size" -A "$M4/$1.elf" | awk -v s=" $2 " 'index(s, " " $1 " ") { n += $2 } END { print n + 0 }'; }
size_row() { # words bytes target
  printf '%-44s %6s %6s  %6s %s\n' "$1" "$2" '' "$3" "$([ "$2" -le "$3" ] && echo met || echo missed)"
}

measure latency; measure latency-full
printf '%-44s %6s %6s  %6s\n' 'Keep on M4: cycles' least full target
row sem_give_user 'give a semaphore nobody waits for, user' 150 'Zephyr 380 (K64F, v3.5)'
row sem_give_supervisor '... privileged' 60 'Zephyr 160 with user mode, 134 without'
row sem_take_user 'take a semaphore that is there, user' '' 'Zephyr 315'
row sem_take_supervisor '... privileged' '' 'Zephyr 95 with user mode, 53 without'
row mutex_pair_user 'lock and unlock a mutex, user' '' 'Zephyr 330 + 255'
row mutex_pair_supervisor '... privileged' '' 'Zephyr 105 + 17'
row yield_alone_user 'a call that does nothing (yield, alone)' '' 'Zephyr 220 to 238 a call'
row switch_user 'switch between user threads of two domains' 350 'Zephyr 1485 (yield)'
row switch_supervisor 'switch between privileged threads' 150 'Zephyr 1195 with user mode, 519 without'
row interrupt_to_user 'interrupt to user thread' 500 'Zephyr 1390'
size_row 'least image with user mode: flash, bytes' "$(bytes minimal '.kernel .user .note.gnu.build-id .data')" 16384
size_row 'RAM besides stacks, bytes' "$(bytes minimal '.data .bss')" 4096
