# What each command prints and how it ends.
. "$(dirname "$0")/lib.sh"

run 0 moat
check 'the overview is short' [ "$(wc -l < "$out")" -le 16 ]
for c in run trace explain board help; do
  has out "  $c "
  moat help "$c" > a.txt; moat "$c" --help > b.txt
  check "help $c is $c --help" cmp -s a.txt b.txt
done
for topic in exit time devices man; do run 0 moat help "$topic"; done
run 0 moat --version
has out 'Unicorn 2.'

run 0 moat board list
has out 'mps2-an385'
has out 'mps2-an386'
run 0 moat board show mps2-an385
has out '"core":	"cortex-m3"'

# --until, in all its forms.
run 0 moat run --until 12345 -o c.rec "$M4/demo.elf"
has err 'the cycle asked for was reached'
run 0 moat run --until 1ms -o c.rec "$M4/demo.elf"
check 'a millisecond is 25000 cycles' grep -q 't=250[0-9][0-9] ' "$err"
run 0 moat run --until e7 -o c.rec "$M4/demo.elf"
moat trace c.rec > list.txt
check 'stops after event 7; the end is one more' [ "$(grep -vc ' stop ' list.txt)" -le 9 ]
run 0 moat run --until mallory_program#2 -o c.rec "$M4/demo.elf"
has err 'the symbol asked for was reached'
check 'the second arrival has one fault before it' [ "$(moat trace faults c.rec | wc -l)" = 1 ]

# Guests that do not end well.
run 1 moat run -o d.rec "$M4/lockup.elf"
has err 'the core locked up'
run 1 moat run -o d.rec "$M4/sleep.elf"
has err 'nothing will wake it'
run 1 moat run -o d.rec "$M4/fails.elf"
run 7 moat run --guest-status -o d.rec "$M4/status.elf"
run 0 moat run --no-record "$M4/demo.elf"
check 'no recording was made' [ ! -e moat.rec ]

# The debugger's console.
run 0 moat run -q -o d.rec "$M4/semi.elf"
check 'semihosting console' [ "$(cat "$out")" = "$(printf 'by SYS_WRITE0\n!\nby SYS_WRITE\n00000000\nffffffff')" ]

# Set-up does nothing when nothing is missing.
run 0 sh "$ROOT/setup.sh"
check 'set-up is silent' [ ! -s "$out" ]

# Input: what is typed reaches the guest, and is in the trace.
printf 'hello\n' | moat run -q -o e.rec "$M4/echo.elf" > "$out" 2> "$err"
has out 'HELLO'
moat trace e.rec > list.txt
check 'input is an event' grep -q 'input .*"hello' list.txt

# A person stops it: what was recorded is whole.
"$BUILD/moat" run -o f.rec "$M4/forever.elf" < /dev/null > "$out" 2> "$err" &
pid=$!
n=0
while [ ! -e f.rec/recording.json ] && [ $n -lt 1200 ]; do sleep 0.05; n=$((n + 1)); done
kill -INT $pid
wait $pid
check 'interrupted is exit 130' [ $? = 130 ]
check 'and the recording is complete' grep -q '"complete": true' f.rec/recording.json

# So does a time limit in CI.
timeout 1 "$BUILD/moat" run -o f.rec "$M4/forever.elf" < /dev/null > "$out" 2> "$err"
check 'terminated: the recording is complete' grep -q '"complete": true' f.rec/recording.json
check 'and has its events' [ "$(moat trace f.rec | wc -l)" -ge 2 ]

# The README's commands do what it says.
event=$(sed -n 's/.*moat explain --event \(e*[0-9]*\) .*/\1/p' "$ROOT/README.md")
run 0 moat run -q "$M4/demo.elf"
run 1 moat explain --event "$event"
moat explain > moat.rec.txt
check 'the session in the README is true' grep -qF "$(grep -o 'was refused a read of 0x[0-9a-f]* (4 bytes)' "$ROOT/README.md" | head -n 1)" moat.rec.txt

# A killed host: what is there reads, and says that it is cut off.
"$BUILD/moat" run -o g.rec "$M4/ticks.elf" < /dev/null > "$out" 2> "$err" &
pid=$!
n=0
while [ ! -s g.rec/ctf/stream ] && [ $n -lt 1200 ]; do sleep 0.05; n=$((n + 1)); done
kill -KILL $pid 2>/dev/null
wait $pid 2>/dev/null
moat trace g.rec > "$out" 2> "$err"
has err 'the recording is incomplete'
check 'its events are there' [ "$(wc -l < "$out")" -gt 100 ]

(cd "$ROOT" && sh tests/rules.sh) > "$out" 2> "$err"
result $? "every test that tests/rules.txt names exists: $(tail -n 1 "$out")"
