#!/bin/sh
# The rules of the house, checked: include table, third-party headers, docstrings, format.
# Prints "file:line: error: ..." for each violation; exits 1 when there is one.
set -u
cd "$(dirname "$0")/../.." || exit 1
bad=0
files() { git ls-files -co --exclude-standard -- "$@" | while read -r f; do [ -f "$f" ] && echo "$f"; done; }

# Includes of ours, against layers.txt.
files '*.c' '*.h' '*.S' | xargs grep -n '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' /dev/null |
  awk -v table=tests/lint/layers.txt '
function owner(p,   best, f) {
  for (f in allow)
    if ((p == f || index(p, f "/") == 1) && length(f) > length(best)) best = f
  return best
}
BEGIN {
  while ((getline line < table) > 0) {
    sub(/#.*/, "", line)
    n = split(line, w, " ")
    if (!n) continue
    allow[w[1]] = " " w[1]
    for (i = 2; i <= n; i++) allow[w[1]] = allow[w[1]] " " w[i]
    allow[w[1]] = allow[w[1]] " "
  }
}
{
  split($0, part, ":")
  match($0, /"[^"]+"/); inc = substr($0, RSTART + 1, RLENGTH - 2)
  from = owner(part[1]); to = owner(inc)
  if (from == "") { print part[1] ":" part[2] ": error: the folder is not in tests/lint/layers.txt"; bad = 1 }
  else if (to == "") { print part[1] ":" part[2] ": error: write includes from the root, not \"" inc "\""; bad = 1 }
  else if (index(allow[from], " " to " ") == 0) { print part[1] ":" part[2] ": error: " from " may not include " to " (" inc ")"; bad = 1 }
}
END { exit bad }' || bad=1

# Third-party headers, each in its own folder, against headers.txt.
files '*.c' '*.h' | xargs grep -n '^[[:space:]]*#[[:space:]]*include[[:space:]]*<' /dev/null |
  awk -v table=tests/lint/headers.txt '
BEGIN {
  while ((getline line < table) > 0) {
    sub(/#.*/, "", line)
    n = split(line, w, " ")
    if (!n) continue
    order[++rows] = w[1]
    for (i = 2; i <= n; i++) may[w[1], w[i]] = 1
    folders[w[1]] = line
  }
}
{
  split($0, part, ":")
  match($0, /<[^>]+>/); inc = substr($0, RSTART + 1, RLENGTH - 2)
  for (r = 1; r <= rows; r++) {
    if (index(inc, order[r]) != 1) continue
    ok = 0
    for (k in may) { split(k, f, SUBSEP); if (f[1] == order[r] && index(part[1], f[2] "/") == 1) ok = 1 }
    if (!ok) { print part[1] ":" part[2] ": error: <" inc "> belongs to other folders (tests/lint/headers.txt)"; bad = 1 }
  }
}
END { exit bad }' || bad=1

# A header opens with what it is and has our guard.
for f in $(files '*.h'); do
  head -1 "$f" | grep -q '^/\*' || { echo "$f:1: error: the header does not open with a comment"; bad=1; }
  grep -q '^#ifndef [A-Z0-9_]*_H$' "$f" || { echo "$f:1: error: no include guard"; bad=1; }
done

# Architectural code names the manual's section.
for f in $(files 'cpu/*.c' 'mpu/*.c' 'kernel/arch/*.c' 'kernel/arch/*.S'); do
  case $f in cpu/engine.c|cpu/run.c|cpu/cpu.c|cpu/blocks.c) continue ;; esac
  h=${f%.c}.h
  cat "$f" "$h" 2>/dev/null | grep -q 'Source: ' || { echo "$f:1: error: no Source: with document and section"; bad=1; }
done

# The docs name every event and every key of a board file.
for name in $(sed -n 's/^ *E(\([a-z_]*\), .*/\1/p' sim/trace/events.h); do
  grep -q "^| $name |" docs/recordings.md || { echo "docs/recordings.md:1: error: no event $name"; bad=1; }
done
for name in $(sed -n 's/^ *{"\([a-z_]*\)", FIELD_.*/\1/p' loaders/board.c); do
  grep -q "^| $name |" docs/boards.md || { echo "docs/boards.md:1: error: no key $name"; bad=1; }
done

# The tests that docs/keep-tests.md names exist: the second column's, and "the same names".
for name in $(awk -F'|' '/^[|] / { print $3; if ($3 ~ /the same names/) print $2 }' docs/keep-tests.md |
    grep -o 'test_[a-z0-9_]*' | sort -u); do
  grep -q "ROW($name)" kernel/apps/suite/*.c || { echo "docs/keep-tests.md:1: error: no test $name"; bad=1; }
done
# docs/syscalls.md is made from the list.
tool=${BUILD:-build/release}/keeptool
if [ -x "$tool" ]; then
  "$tool" syscalls -o build/syscalls.md && cmp -s build/syscalls.md docs/syscalls.md ||
    { echo "docs/syscalls.md:1: error: not as the list of calls says: make docs"; bad=1; }
fi

# Nothing in the repository speaks of one machine.
files | grep -v '^tests/lint/lint.sh$' | xargs grep -nIE '/(home|root|work)/' /dev/null && bad=1

# Format, as version 14 of clang-format makes it; other versions differ among themselves.
case $(clang-format --version 2>/dev/null) in
  *' 14.'*) files '*.c' '*.h' | xargs clang-format --dry-run -Werror 2>&1 || bad=1 ;;
  *) echo "lint: format not checked: clang-format 14 is not here" ;;
esac
exit $bad
