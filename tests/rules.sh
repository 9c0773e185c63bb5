#!/bin/sh
# make rules: the rules of tests/rules.txt with their tests. Exits 1 when a test that is named does not exist.
set -u
cd "$(dirname "$0")/.." || exit 1
grep -v '^#' tests/rules.txt | awk -F ' *[|] *' '
BEGIN {
  while (("grep -ho \"START_TEST([a-z0-9_]*\" tests/unit/*.c" | getline line) > 0)
    known[substr(line, 12)] = 1
}
function exists(name) {
  if (name in known) return 1
  return name ~ /\// && system("test -e " name) == 0
}
NF == 3 {
  printf "%-14s %s\n", $1, $2
  if ($3 == "-") { print "                    NO TEST"; none++ }
  else {
    n = split($3, tests, " ")
    for (i = 1; i <= n; i++) {
      print "                    " tests[i]
      if (!exists(tests[i])) { print "tests/rules.txt: error: no test " tests[i]; bad = 1 }
    }
  }
  rules++
}
END { printf "%d rules, %d without a test\n", rules, none; exit bad }'
