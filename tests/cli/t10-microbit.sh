# Firmware that others wrote: Debian's MicroPython for the micro:bit, unmodified, under a script; its
# panel against pictures that were looked at; its flash from one run to the next; and its recording
# replayed without the script.
. "$(dirname "$0")/lib.sh"
HEX=/usr/share/firmware-microbit-micropython/firmware.hex
S=$ROOT/tests/scripts

begin=$(date +%s%N)
run 0 moat run --board microbit --script "$S/microbit.moat" --junit r.xml --flash kept.hex -o a.rec $HEX
end=$(date +%s%N)
has err 'the script passed'
check 'JUnit has ten cases, none failed' sh -c \
  '[ "$(grep -c "<testcase" r.xml)" = 10 ] && grep -q "failures=\"0\"" r.xml'
check 'a scroll over the matrix as it was looked at' cmp scroll.png "$ROOT/tests/golden/microbit-scroll.png"
check 'an image with brightness as it was looked at' cmp image.png "$ROOT/tests/golden/microbit-image.png"
run 0 moat run --board microbit --script "$S/microbit-again.moat" --flash kept.hex -o b.rec $HEX
has out 'kept over a restart'
run 0 moat replay a.rec
has out 'the same: '
run 0 moat replay b.rec
run 1 moat run -q --no-record --board microbit --script "$S/microbit-again.moat" $HEX
has err 'microbit-again.moat:5: "'

# Flash is kept by its board alone, and never over the firmware.
cp $HEX self.hex
run 64 moat run -q --no-record --board microbit --flash self.hex self.hex
has err 'would overwrite the firmware'
check 'nor was it' cmp self.hex $HEX
run 64 moat run -q --no-record --board mps2-an386 --flash kept.hex "$M4/svc.elf"
has err 'has no flash'
run 73 moat run -q --no-record --board microbit --until 1ms --flash fresh.hex --shot nodir/x.png $HEX
check 'one output fails, the other is written' [ -s fresh.hex ]
run 0 moat run -q --no-record --board microbit --until 1ms --flash fresh.hex $HEX
printf 'set irq 32 on\n' > bad.moat
run 65 moat run --no-record --board microbit --script bad.moat $HEX
has err 'an interrupt line of the board'

# Pace: at least 5 times real time; it is more than 50, so that a loaded machine does not matter.
least=5000; case $BUILD in *asan*) least=1000 ;; esac
cycles=$(moat recording info a.rec | sed -n 's/.*t=\([0-9]*\).*/\1/p' | tail -n 1)
check "paced: $cycles cycles of 16 MHz in $(((end - begin) / 1000000)) ms" \
  [ $((cycles * 1000 / 16 * 1000 / (end - begin))) -ge $least ]

printf 'wait "x" within 1 2\n' > bad.moat
run 65 moat run --no-record --board microbit --script bad.moat $HEX
has err 'bad.moat:1: expected'
printf 'tap nosuch\n' > bad.moat
run 65 moat run --no-record --board microbit --script bad.moat $HEX
has err 'bad.moat:1: expected the name of a button'
printf 'set accelerometer 1 2\n' > bad.moat
run 65 moat run --no-record --board microbit --script bad.moat $HEX
has err 'thousandths of g: -8000 to 8000'
run 64 moat run --no-record --junit x.xml --board microbit $HEX

# Which board it is for says the file itself.
run 0 moat run --no-record --until 1ms $HEX
has err "board 'microbit'"

# What the model lacks is said once, with its name where a CMSIS-SVD file has one.
cat > some.svd <<'EOF'
<?xml version="1.0"?>
<device><peripherals><peripheral><name>SYSTEM</name><baseAddress>0xF0000000</baseAddress><registers>
<register><dim>4</dim><dimIncrement>4</dimIncrement><name>PID%s</name><addressOffset>0xFE0</addressOffset>
</register></registers></peripheral></peripherals></device>
EOF
run 0 moat run --no-record --until 10ms --svd some.svd $HEX
has err 'private+0xfe0 (SYSTEM.PID0) is not modelled: it reads 0'
check 'once' [ "$(grep -c PID0 "$err")" = 1 ]
run 0 moat run -q -o u.rec --until 10ms $HEX
run 0 moat trace --svd some.svd u.rec
has out 'private offset=0x00000fe0 <SYSTEM.PID0>'
run 0 moat trace --json --svd some.svd u.rec
has out '"register":"SYSTEM.PID0"'
run 0 moat trace u.rec
check 'no file, no names' [ "$(grep -c 'SYSTEM' "$out")" = 0 ]
cat > uart.svd <<'EOF'
<device><peripherals><peripheral><name>UART0</name><baseAddress>0x40004000</baseAddress><registers>
<register><name>DATA</name><addressOffset>0</addressOffset></register></registers></peripheral></peripherals></device>
EOF
run 0 moat run -q -o u.rec "$M4/suite.elf"
run 1 moat explain --svd uart.svd u.rec
has out "0x40004000 is register UART0.DATA of device 'uart0'"
has out "0x40000000 is register 0x000 of device 'timer0'"
echo '<device>' > bad.svd
run 65 moat run --no-record --svd bad.svd $HEX
has err 'bad.svd:'
run 66 moat run --no-record --svd nosuch.svd $HEX
run 66 moat trace --svd nosuch.svd u.rec

# The console elsewhere.
moat run -q --no-record --board microbit --console tcp:0 --until 3s --realtime $HEX 2> port &
n=0
while ! grep -q 127.0.0.1 port && [ $n -lt 1200 ]; do sleep 0.05; n=$((n + 1)); done
port=$(sed -n 's/.*127.0.0.1:\([0-9]*\).*/\1/p' port)
printf '6*7\r' | timeout 5 bash -c "exec 3<>/dev/tcp/127.0.0.1/$port; cat >&3; timeout 2 cat <&3" > answer
wait
check 'the console on a TCP port, in real time' grep -q 42 answer
