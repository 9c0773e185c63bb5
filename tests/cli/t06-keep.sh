# Keep's programs on each core, the hammer and the soak. MOAT_LONG=1: 10^7 calls, 60 minutes.
. "$(dirname "$0")/lib.sh"

calls=100000; minutes=1; seed=1
if [ "${MOAT_LONG:-0}" = 1 ]; then
  calls=10000000; minutes=60; seed=$(od -An -N2 -tu2 /dev/urandom | tr -d ' ')
  echo "# seed $seed"
fi
says() { # board program status text [input]
  printf "${5-}" | "$BUILD/moat" run -q --no-record --board "$1" "$GUEST/$1/$2.elf" > "$out" 2> "$err"
  [ $? = "$3" ] && grep -qF -- "$4" "$out"
  result $? "$1 $2 says: $4"
}
for board in mps2-an385 mps2-an386 mps2-an500 mps2-an505 generic-m0plus; do
  says $board demo 0 'summary: 5 of 5 attacks refused, the sum is 46'
  says $board philosophers 0 '100 meals, 0 quarrels'
  says $board pipeline 0 '20 lines, 18 values, the sum is 170, 2 restarts'
  says $board minimal 0 'user mode'
  says $board shell 0 'a kernel object without permission' 'may\nled 2\npeek 20000000\ncount\nexit\n'
  has out 'counter: no'
  has out 'leds 2'
  has out 'memory that the thread may not access so, at 0x20000000'
  says $board hammer 0 'the kernel is sound' "$calls $seed\n"
  echo "# $board: $(cat "$out")"
  check "$board: as many calls as asked for" [ "$(sed 's/ calls.*//' "$out")" -ge $calls ]
  says $board soak 0 'nothing is left' "$minutes\n"
  echo "# $board: $(cat "$out")"
done
