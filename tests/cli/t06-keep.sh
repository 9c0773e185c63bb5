# Keep's programs on each core, the hammer and the soak. MOAT_LONG=1: 10^7 calls on M4, 2 * 10^6 on the
# others, 60 minutes.
. "$(dirname "$0")/lib.sh"

calls=100000; minutes=1; seed=1
if [ "${MOAT_LONG:-0}" = 1 ]; then
  KEEP_TIMEOUT=3000; calls=10000000; minutes=60; seed=$(od -An -N2 -tu2 /dev/urandom | tr -d ' ')
  echo "# seed $seed"
fi
says() { # board program status text [input]
  printf "${5-}" | timeout ${KEEP_TIMEOUT:-300} "$BUILD/moat" run -q --no-record --board "$1" "$GUEST/$1/$2.elf" > "$out" 2> "$err"
  [ $? = "$3" ] && grep -qF -- "$4" "$out"
  result $? "$1 $2 says: $4"
}
# A program as the loader takes it over the console: its length, its bytes.
length() { # bytes
  for shift in 0 8 16 24; do printf "\\$(printf %03o $(($1 >> shift & 255)))"; done
}
sent() { # file
  length "$(wc -c < "$1")"; cat "$1"
}
load() { # board name text: what is sent comes from stdin
  cat > "$T/input"
  timeout 60 "$BUILD/moat" run -q --no-record --board "$1" "$GUEST/$1/loader.elf" > "$out" 2> "$err" < "$T/input"
  [ $? = 0 ] && sed '1,/evil/d' "$out" | grep -qF -- "$3"
  result $? "$1 loader, $2: $3"
}
loader() { # board
  good=$GUEST/$1/guest.kpg; bad=$T/bad.kpg
  sent "$good" | load "$1" 'over the console' 'it ended with 42'
  check "$1 loader: from memory and over the console" [ "$(grep -c 'it ended with 42' "$out")" = 2 ]
  has out 'evil: here I come'
  check "$1 loader: code cannot be written" [ "$(grep -c 'NEW CODE' "$out")" = 0 ]
  { head -c 100 "$good"; printf 'x'; tail -c +102 "$good"; } > "$bad"
  sent "$bad" | load "$1" 'one byte changed' 'refused: its digest is wrong'
  { printf 'KPPX'; tail -c +5 "$good"; } > "$bad"
  sent "$bad" | load "$1" 'another magic' 'refused: no sound program'
  { head -c 40 "$good"; printf '\377\377\377\377'; tail -c +45 "$good"; } > "$bad"
  sent "$bad" | load "$1" 'a size that wraps' 'refused: no sound program'
  { head -c 56 "$good"; printf '\377\377\377\077'; tail -c +61 "$good"; } > "$bad"
  sent "$bad" | load "$1" 'relocations without end' 'refused: no sound program'
  { length 400; head -c 300 "$good"; } | load "$1" 'cut off' 'refused: too long, or cut off'
  length 4294967295 | load "$1" 'too long' 'refused: too long, or cut off'
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
  [ "${MOAT_LONG:-0}" = 1 ] && { [ $board = mps2-an386 ] && calls=10000000 || calls=2000000; }
  says $board hammer 0 'the kernel is sound' "$calls $seed\n"
  echo "# $board: $(cat "$out")"
  check "$board: as many calls as asked for" [ "$(sed 's/ calls.*//' "$out")" -ge $calls ]
  loader $board
  says $board soak 0 'nothing is left' "$minutes\n"
  echo "# $board: $(cat "$out")"
done
