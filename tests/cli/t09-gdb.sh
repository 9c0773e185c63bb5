# GDB on a recording and on a live run, forwards and backwards: a scripted session of
# gdb-multiarch, and what it prints of the guest compared with tests/golden/gdb.txt.
. "$(dirname "$0")/lib.sh"

serve() { # command...: in the background; its port in $port
  : > server.txt # not the last one's port
  timeout -k 5 300 "$BUILD/moat" "$@" > server.txt 2>&1 < /dev/null &
  server=$!
  n=0
  while ! grep -q 'target remote' server.txt && [ $n -lt 1200 ]; do sleep 0.05; n=$((n + 1)); done
  port=$(sed -n "s/.*target remote :\([0-9]*\)'.*/\1/p" server.txt)
}
gdb() { # script from stdin
  { printf 'set pagination off\nset confirm off\nset width 0\ntarget remote :%s\n' "$port"; cat; } > script.gdb
  timeout -k 5 120 gdb-multiarch -q -nx -batch -x script.gdb "$M4/demo.elf" > "$out" 2>&1
  wait $server
}

run 0 moat run -q -o a.rec "$M4/demo.elf"
serve replay --gdb 0 a.rec
gdb <<'END'
echo == break in a user thread\n
break read_neighbour
continue
output $_thread
echo \n
monitor mpu
info threads
thread 2
bt 5
thread 4
echo == continue to its fault\n
delete
continue
monitor explain
echo == over the exception entry, backwards\n
reverse-stepi
x/i $pc
monitor time
echo == to the call that granted access\n
break keep_domain_join
reverse-continue
bt 3
monitor time
delete
echo == a variable backwards to its writer\n
watch alice_secret.sum
reverse-continue
monitor time
reverse-continue
monitor time
delete
echo == the beginning, and forwards again\n
reverse-continue
monitor time
monitor catch off
continue
monitor time
echo == by name\n
monitor goto e193
maintenance flush register-cache
x/i $pc
monitor bookmark fault
monitor goto 1ms
monitor goto fault
monitor nvic
monitor state timer0
x/wx 0xe000ed90
echo == the past cannot be changed\n
set var alice_secret.sum = 1
END
sed -n '/^== /,$p' "$out" | grep -E '^(==|=>|e[0-9]|t=|  region|  at|  insn|  address|  rule|MPU|Thread .* (hit|received)|Old|New value|No more|bookmark|IRQ|exception|[a-z ]* +0x|0xe000)' |
  sed -E 's/0x[0-9a-f]+/0xN/g; s/t=[0-9]+ \([0-9.]+ s\)/t=N/; s/t=[0-9]+/t=N/; s/instruction [0-9]+/instruction N/; s/\be[0-9]+\b/eN/g; s/:[0-9]+$/:N/; s/\+[0-9]+/+N/g' > got.txt
# MOAT_GOLDEN=1: take it as it is now; then read the difference in git.
[ -z "${MOAT_GOLDEN:-}" ] || cp got.txt "$ROOT/tests/golden/gdb.txt"
check 'the transcript is as tests/golden/gdb.txt has it' diff -u "$ROOT/tests/golden/gdb.txt" got.txt
check 'the past cannot be changed' grep -q 'the past cannot be changed\|Cannot access memory' "$out"
check 'a thread that does not run has its frames' grep -q 'try_attack' "$out"

serve run --gdb 0 -o live.rec "$M4/demo.elf"
gdb <<'END'
break bob_program
continue
set var alice_secret.sum = 77
print $r5 = 0x1234
delete
continue
reverse-stepi
watch alice_secret.sum
reverse-continue
monitor time
continue
delete
continue
stepi
monitor catch off
continue
reverse-stepi
monitor time
kill
END
check 'a live run goes back' grep -q 'hit Hardware watchpoint' "$out"
check 'and on from where it was' grep -q 'the present: from here on the run goes on' "$out"
check 'to its end' grep -q 'the guest exited with status 0' "$out"
run 0 moat replay live.rec
check 'what GDB wrote is recorded' [ "$(moat trace live.rec | grep -c ' poke ')" = 2 ]

# Killed in the middle, and interrupted.
serve run --gdb 0 -o live.rec "$M4/forever.elf"
{ printf 'set pagination off\nset confirm off\ntarget remote :%s\n' "$port"
  printf 'python\nimport threading, os, signal, time\ndef later():\n    time.sleep(1)\n    os.kill(os.getpid(), signal.SIGINT)\ndef goes_on(event):\n    gdb.events.cont.disconnect(goes_on)\n    threading.Thread(target=later).start()\ngdb.events.cont.connect(goes_on)\nend\ncontinue\nstepi\nset var $r0 = 5\nstepi\nkill\n'; } > script.gdb
timeout -k 5 60 gdb-multiarch -q -nx -batch -x script.gdb "$M4/forever.elf" > "$out" 2> "$err"
wait $server
check 'Ctrl-C stops it' grep -q 'SIGINT' "$out"
run 0 moat replay live.rec

# Without a recording there is no way back; a port that is taken is said.
serve run --gdb 0 --no-record "$M4/demo.elf"
run 69 moat run --gdb "$port" "$M4/demo.elf"
one_line
gdb <<'END'
stepi
reverse-stepi
kill
END
check 'no way back' grep -qi 'not recorded\|does not support' "$out"
