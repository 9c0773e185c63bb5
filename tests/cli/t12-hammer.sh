# A guest cannot harm the host: every register of every device of every board at random. Whatever
# becomes of the guest, Moat ends it by itself or at the time asked for, and its recording replays.
. "$(dirname "$0")/lib.sh"
CC=${CROSS:-arm-none-eabi-}gcc
V=$ROOT/tests/vendor
seeds=${MOAT_LONG:+$(seq 1 200)}
for json in "$ROOT"/configs/boards/*.json; do
  b=$(basename "$json" .json)
  moat board show "$b" > board.json
  bases=$(sed -n '/"devices"/,/^\t\]/p' board.json | sed -n 's/.*"base":.*"\(0x[0-9a-f]*\)".*/\1u/p' | paste -sd,)
  case $b in
    mps2-an5[02][15]) code=0x10000000 ram=0x38000000 ;;
    stm32* | netduino* | nucleo*) code=0x08000000 ram=0x20000000 ;;
    *) code=0 ram=0x20000000 ;;
  esac
  bad=0
  for seed in ${seeds:-1 2 3}; do
    $CC -mcpu=cortex-m0 -mthumb -Os -nostdlib -ffreestanding -DBASES="$bases" -DSEED=$((seed * 7919)) \
      -DROUNDS=20000 -DSTACK=$((ram + 0x1000)) -T "$V/vendor.ld" -Wl,--defsym=CODE=$code \
      -Wl,--defsym=RAM=$ram "$V/hammer.c" -lgcc -o h.elf 2> cc.txt || { cat cc.txt; bad=1; }
    timeout 60 "$BUILD/moat" run -q -o h.rec --board "$b" --until 300ms h.elf > o.txt 2> e.txt < /dev/null
    status=$?
    [ $status -le 1 ] || { echo "# seed $seed: $status"; tail -n 3 e.txt; bad=1; }
    [ "$seed" -gt 1 ] || timeout 60 "$BUILD/moat" replay h.rec > r.txt 2>&1 || { cat r.txt; bad=1; }
    [ "$seed" -gt 1 ] || (moat recording trim --from 10000 -o t.rec h.rec &&
      timeout 60 "$BUILD/moat" replay t.rec) > r.txt 2>&1 || { cat r.txt; bad=1; }
  done
  check "$b survives its registers" [ $bad = 0 ]
done
