# Recordings, replay, questions about a point in time, what-if: what a person does with them.
. "$(dirname "$0")/lib.sh"
trap 'kill $pids 2>/dev/null; chmod -R u+w "$T" 2>/dev/null; rm -rf "$T"' EXIT
pids=

run 0 moat run -q -o a.rec "$M4/demo.elf"
run 0 moat replay a.rec
has out 'the same: '
check 'in one line' [ "$(wc -l < "$out")" = 1 ]
run 0 moat replay --until e190 a.rec
has out 'pc 0x'
run 0 moat replay --until 10ms a.rec
run 0 moat replay --until mallory_program#2 a.rec
has out 'mallory_program'
run 0 moat replay --print --from e193 --until e194 a.rec
check 'the events as they come' [ "$(head -n 1 "$out" | cut -c 1-4)" = e193 ]
run 0 moat replay --check-every 1s a.rec

# ---- One file. ----
run 0 moat run -q -o b.moat "$M4/demo.elf"
check 'one file, no folder left' [ -f b.moat ] && [ ! -e b.moat.part ]
for c in 'replay b.moat' 'trace b.moat' 'recording info b.moat' 'recording check b.moat'; do run 0 moat $c; done
run 1 moat explain b.moat
run 0 moat recording copy -o c.rec b.moat
check 'unpacked it is what the run wrote' cmp -s a.rec/ctf/stream c.rec/ctf/stream
run 0 moat recording info a.rec
has out 'demo.elf, build-id'
has out 'the guest exited'

# ---- A part. ----
run 0 moat recording trim --from 14ms --to 20ms -o d.moat a.rec
run 0 moat replay d.moat
run 0 moat recording info d.moat
has out 'from a checkpoint'
run 64 moat recording trim --from 5s -o e.moat a.rec
run 0 babeltrace2 a.rec/ctf
run 0 moat recording trim --to 16ms -o e.rec d.moat
run 0 moat replay e.rec
run 64 moat recording trim --from 15ms -o e.rec e.rec
run 64 moat recording trim --from 5ms --to 1ms -o x.rec a.rec
run 64 moat recording info --from 5ms a.rec

# ---- A limit: the last events, and a state to begin with. ----
run 0 moat run -q --record-limit 64K --until 200ms -o f.rec "$M4/ticks.elf"
check 'the limit holds' [ "$(cat f.rec/ctf/stream* | wc -c)" -le 70000 ]
run 0 moat replay f.rec
run 0 moat recording check f.rec
run 64 moat run --record-limit 10 "$M4/ticks.elf"

# ---- Questions. ----
run 0 moat trace last-write alice_secret+28 a.rec
has out "thread 'alice' (user), alice_program+"
has out 'wrote 0x0000002e to 0x20005c1c'
t=$(sed -n 's/^t=\([0-9]*\) .*/\1/p' "$out")
run 0 moat trace last-write alice_secret+28 --before "$t" a.rec
has out 'wrote 0x00000021 to 0x20005c1c'
run 0 moat trace last-change right:0x20005c1c --before e193 a.rec
has out 'before: user code may read, write 0x20005c1c'
has out 'after:  user code may do nothing at 0x20005c1c'
run 0 moat trace last-change region:3 a.rec
has out keep_pendsv
run 0 moat trace previous-fault --before 470716 a.rec
has out 'e193 t=364160'
run 0 moat trace previous-transition a.rec
run 1 moat trace last-write 0x20007ff0 a.rec
has out 'nobody wrote there'
run 64 moat trace last-change nothing a.rec
run 64 moat trace last-write nothing a.rec

# ---- What if? ----
run 0 moat replay --with mpu=off -o w.rec a.rec
has out '  e193           364160  mallory    fault'
has out 'the first difference is at t=364160'
run 0 moat replay w.rec
run 0 moat recording info w.rec
has out 'changed    mpu=off'
run 0 moat replay --with region:3=off@14ms --with reg:r7=1@20ms -o w.rec a.rec
run 0 moat replay w.rec
run 0 moat replay --with board:cpu/priority_bits=4 -o w.rec a.rec
run 0 moat replay w.rec
run 0 moat replay --with mpu=off --json -o w.rec a.rec
check 'JSON' grep -q '^{"same":[0-9]*,"first_difference":364160,"recorded":{' "$out"
printf 'hello\n' | moat run -q -o in.rec "$M4/echo.elf" > "$out" 2> "$err"
event=$(moat trace in.rec | sed -n 's/^\(e[0-9]*\) .* input .*/\1/p' | head -n 1)
run 0 moat replay --with "input:$event=\"jello\\n\"" -o w.rec in.rec
check 'another input, another output' sh -c "'$BUILD/moat' trace w.rec | grep -q JELLO"
run 0 moat replay w.rec
run 0 moat replay --with "input:$event=none" --until 1s -o w.rec in.rec
run 64 moat replay --with mem:nosuch=1 -o w.rec a.rec
run 64 moat replay --with 'input:nosuch="x"' -o w.rec a.rec
run 64 moat replay --with mem:alice_secret=1@100s -o w.rec a.rec
run 64 moat replay --with region:12=off -o w.rec a.rec
check 'what fails leaves an earlier recording alone' grep -q 'input:e' w.rec/recording.json
run 64 moat replay --json a.rec
run 64 moat replay --gdb --until 1ms a.rec
run 64 moat trace --before 1ms a.rec
run 64 moat replay --with board:nosuch=1 a.rec
run 65 moat replay --with board:cpu/mpu_regions=7 a.rec
run 64 moat replay --with mpu=off -o a.rec a.rec

# ---- Scripted input. ----
printf '# keys\n1ms console "help\\r"\n200ms irq 7 on\n201ms irq 7 off\n300ms fpgaio 0 1\n1s console "exit\\r"\n' > keys.txt
run 0 moat run -q --input keys.txt -o k.rec "$M4/shell.elf"
has out 'this text'
check 'all of it is recorded' [ "$(moat trace k.rec | grep -c ' input ')" -ge 5 ]
run 0 moat replay k.rec
printf '1000 irq 5 on\n' > keys.txt
sleep 5 | timeout 4 "$BUILD/moat" run -q -o u.rec --input keys.txt --until e2 "$M4/sleep.elf" > "$out" 2> "$err"
check 'an event that leaves the guest asleep stops it too' [ $? = 0 ]
printf '1ms console "a"\n0.5ms console "b"\n' > keys.txt
run 65 moat run --input keys.txt "$M4/shell.elf"
has err 'keys.txt:2: its time is before the line above'

# ---- Another firmware, another run: said, not taken. ----
cp -r a.rec x.rec; chmod -R u+w x.rec; cp "$M4/svc.elf" x.rec/firmware/demo.elf
run 65 moat replay x.rec
has err "x.rec/firmware/demo.elf' is damaged"

# ---- Killed at any moment: what is there opens, names its end, and replays up to it. ----
kills=20; [ -z "${MOAT_LONG:-}" ] || kills=200
n=0; good=0; cut=0
while [ $n -lt $kills ]; do
  rm -rf g.rec
  limit=; [ $((n % 3)) = 0 ] && limit='--record-limit 64K'
  # shellcheck disable=SC2086 # no limit: no words
  "$BUILD/moat" run -q $limit -o g.rec "$M4/ticks.elf" < /dev/null > /dev/null 2>&1 &
  pid=$!
  while [ ! -e g.rec/recording.json ] && kill -0 $pid; do :; done
  sleep "0.$((n * 7919 % 40 + 10))"
  kill -KILL $pid 2>/dev/null; wait $pid 2>/dev/null
  moat replay g.rec > "$out" 2> "$err" && grep -q '^the same: ' "$out" && good=$((good + 1))
  grep -q 'the recording was cut off there' "$out" && cut=$((cut + 1))
  n=$((n + 1))
done
check "$kills times killed: $good replay, $cut of them up to where they were cut off" [ "$good" = "$kills" ]

# A full disk, likewise.
(ulimit -f 200; exec "$BUILD/moat" run -q -o h.rec "$M4/ticks.elf" < /dev/null > /dev/null 2> "$err")
check 'a full disk is exit 74' [ $? = 74 ]
run 0 moat replay h.rec
has out 'cut off there'
