# Claim: every guest and every kernel test, on every board, is recorded, replayed and compared.
. "$(dirname "$0")/../cli/lib.sh"
rounds=1; [ -z "${MOAT_LONG:-}" ] || rounds=20
for g in "$GUEST"/*/*.elf; do
  board=$(basename "$(dirname "$g")"); name=$(basename "$g" .elf)
  case $name in *.first | *.program | *[.-][0-9]*) continue ;; esac
  until=200000000
  case $name in forever | ticks | hammer | soak | mix | mixed | switch | syscall) until=3000000 ;; esac
  [ "$board" != . ] && [ -e "$ROOT/configs/boards/$board.json" ] || continue
  n=0; good=0
  while [ $n -lt $rounds ]; do
    echo 3 | moat run -q --board "$board" --until $until -o r.rec "$g" > "$out" 2> "$err"
    cksum < r.rec/ctf/stream > sum.$((n % 2))
    moat replay r.rec > "$out" 2>&1 && good=$((good + 1))
    [ $n = 0 ] || cmp -s sum.0 sum.1 || good=0
    n=$((n + 1))
  done
  check "$board: $name is the same $rounds times" [ $good = $rounds ]
done
