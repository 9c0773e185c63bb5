# Claim 5: bad input gets one clear line and the right exit status, and harms nothing.
. "$(dirname "$0")/lib.sh"

run 0 moat run -q -o good.rec "$M4/demo.elf"
before=$(cat good.rec/ctf/stream good.rec/recording.json | cksum)
bad() { # status text command...: it also leaves the old recording alone
  want=$1; text=$2; shift 2
  run "$want" "$@"
  has err "$text"
  one_line
}

# ---- Firmware. ----
bad 66 "cannot open firmware 'none.elf': No such file" moat run -o good.rec none.elf
bad 66 "cannot read firmware '.': Is a directory" moat run -o good.rec .
echo 'plain text' > text.elf
bad 65 'not an ELF, Intel HEX, S-record or UF2 file' moat run -o good.rec text.elf
: > empty.elf
bad 65 'not an ELF, Intel HEX, S-record or UF2 file' moat run -o good.rec empty.elf
bad 66 'not a regular file' moat run -o good.rec /dev/zero
bad 65 'not for a 32-bit little-endian Arm core' moat run -o good.rec "$BUILD/moat"
cp "$M4/demo.elf" arm.elf
printf '\000' | dd of=arm.elf bs=1 seek=24 conv=notrunc 2>/dev/null # e_entry becomes even
bad 65 'is Arm code' moat run -o good.rec arm.elf
arm-none-eabi-objcopy --change-section-lma .text=0x60000000 "$M4/mix.elf" far.elf 2>/dev/null
bad 65 'is outside the memory of board' moat run -o good.rec far.elf
arm-none-eabi-objcopy --change-section-lma .text=0x10000 "$M4/mix.elf" novec.elf 2>/dev/null
bad 65 'no vector table' moat run -o good.rec novec.elf

# Truncated at every length: the small guest at each of its bytes would take long, so every length
# of its headers and then steps of a prime.
size=$(wc -c < "$M4/svc.elf")
n=0; wrong=0; at=0
while [ "$at" -lt "$size" ]; do
  head -c "$at" "$M4/svc.elf" > cut.elf
  moat run -o good.rec cut.elf > "$out" 2> "$err" < /dev/null
  [ $? = 65 ] && [ "$(wc -l < "$err")" -le 2 ] || { wrong=$((wrong + 1)); echo "# length $at"; }
  n=$((n + 1))
  if [ "$at" -lt 128 ]; then at=$((at + 1)); else at=$((at + 97)); fi
done
check "truncated firmware: $n lengths, all refused with 65" [ "$wrong" = 0 ]
check 'the good recording is as it was' [ "$(cat good.rec/ctf/stream good.rec/recording.json | cksum)" = "$before" ]

# ---- Boards. ----
moat board show mps2-an386 > good.json
run 0 moat board check ./good.json
check 'a board shown is a board' [ ! -s "$out" ]
board() { # text sed-script: change the good board, expect the text
  sed "$2" good.json > b.json
  run 65 moat board check ./b.json
  has err "$1"
  check 'with its place' grep -q '^moat: \./b\.json:[0-9][0-9]*:[0-9][0-9]*: ' "$err"
}
board 'not valid JSON here' 's/"moat":/"moat"/'
board 'unknown key "clok_hz", did you mean "clock_hz"?' 's/"clock_hz"/"clok_hz"/'
board 'duplicate key "moat"' 's/"moat":\(.*\)/"moat":\1 "moat": 1,/'
board 'missing key "cpu"' 's/"cpu"/"cpx"/'
board 'overlaps "ssram1"' 's/0x01000000/0x00001000/'
board 'overlaps "timer0"' 's/0x40001000/0x40000000/'
board 'expected it to end below 0xe0000000' 's/0x40001000/0xe0000000/'
board 'expected 0x00000000 to 0xffffffff, got 0x100000000' 's/0x21000000/0x100000000/'
board 'expected an address such as' 's/"0x21000000"/"21000000"/'
board 'expected a whole number' 's/25000000/1.5/'
board 'unknown kind of device "cmsdk-uatr", did you mean "cmsdk-uart"?' '0,/"cmsdk-uart"/s//"cmsdk-uatr"/'
board 'expected an interrupt line below 32' '0,/"irq":.*8/s//"irq": 77/'
board 'expected one of cortex-m0' 's/cortex-m4/cortex-m99/'
board 'expected the name of a device' 's/"console":.*"uart0"/"console": "uart9"/'
printf '\357\273\277{}' > b.json
run 65 moat board check ./b.json
has err 'b.json:1:1: not JSON here'
printf '\001{"a":1}' > b.json
run 65 moat board check ./b.json
has err 'b.json:1:1: not JSON here'
{ printf '{"k":1'; i=0; while [ $i -lt 20000 ]; do printf ',"k%d":1' $i; i=$((i + 1)); done; printf '}'; } > b.json
run 65 timeout 20 "$BUILD/moat" board check ./b.json
check 'twenty errors at the most' [ "$(grep -c 'b.json:' "$err")" -le 20 ]
run 66 moat run --board ./none.json -o good.rec "$M4/demo.elf"
run 65 moat run --board mps2-an368 -o good.rec "$M4/demo.elf"
has err "did you mean 'mps2-an386'?"

# ---- Outputs. ----
echo keep > file.rec
bad 73 "cannot record to 'file.rec': it is a file" moat run -o file.rec "$M4/demo.elf"
mkdir full.rec; echo keep > full.rec/notes
bad 73 'it is not empty and not a recording' moat run -o full.rec "$M4/demo.elf"
check 'its file is still there' [ "$(cat full.rec/notes)" = keep ]
mkdir project; echo '{}' > project/recording.json; echo keep > project/thesis
bad 73 'it is not empty and not a recording' moat run -o project "$M4/demo.elf"
check 'a file named recording.json makes no recording' [ "$(cat project/thesis)" = keep ]
cp -r good.rec mine.rec; echo keep > mine.rec/notes; mkdir other; echo keep > other/file
run 0 moat run -q -o mine.rec "$M4/demo.elf"
check 'only what is ours is replaced' [ "$(cat mine.rec/notes)" = keep ]
rm -r mine.rec/ctf; ln -s ../other mine.rec/ctf
bad 73 'is not a folder' moat run -o mine.rec "$M4/demo.elf"
check 'links are not followed' [ "$(cat other/file)" = keep ]
bad 73 'cannot create' moat run -o no/such/folder.rec "$M4/demo.elf"
if [ "$(id -u)" != 0 ]; then
  mkdir ro; chmod a-w ro
  bad 73 'cannot create' moat run -o ro/x.rec "$M4/demo.elf"
fi

# A full disk, as a limit of 64 KiB on each file: said so, and never taken for a whole recording.
( trap '' XFSZ; ulimit -f 128; moat run -o full-disk.rec "$M4/ticks.elf" > "$out" 2> "$err" < /dev/null; echo $? > status )
check 'a full disk is exit 74' [ "$(cat status)" = 74 ]
has err "cannot write 'full-disk.rec/ctf/stream'"
check 'the recording says that it is incomplete' grep -q '"complete": false' full-disk.rec/recording.json
moat trace full-disk.rec > "$out" 2> "$err"
check 'what is there reads' [ "$(wc -l < "$out")" -gt 100 ]

# Damaged recordings.
cp -r good.rec cut.rec; : > cut.rec/ctf/stream
bad 65 'its trace ends after event e0' moat trace cut.rec
bad 65 'its trace ends after event e0' moat explain cut.rec
sed 's|demo.elf|../../good.rec/firmware/demo.elf|' good.rec/recording.json > cut.rec/recording.json
run 65 moat trace cut.rec
has err 'expected the name of a file in firmware/'

# ---- The command line. ----
bad 64 "unknown option '--jsn', did you mean '--json'?" moat trace list --jsn
bad 64 "unknown option '-z'" moat run "$M4/demo.elf" -z
bad 64 "'-5' is not an event number" moat explain --event -5 good.rec
bad 64 "is not a point in time" moat run --until e0 "$M4/demo.elf"
bad 64 'needs a recording' moat run --no-record --until e5 "$M4/demo.elf"
bad 64 "unknown command 'rum', did you mean 'run'?" moat rum
bad 64 "unknown option '--bord', did you mean '--board'?" moat run --bord x y.elf
bad 64 'expected a firmware file' moat run
bad 64 "is not a point in time" moat run --until 5parsecs "$M4/demo.elf"
bad 64 "the firmware has no symbol 'nowhere'" moat run --until nowhere "$M4/demo.elf"
bad 64 '--no-record excludes --output' moat run --no-record -o x "$M4/demo.elf"
bad 66 "cannot open recording 'none.rec'" moat trace none.rec
bad 66 "cannot open recording 'moat.rec'" moat explain
