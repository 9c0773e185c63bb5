#!/bin/sh
# Lines by folder, and the longest files and functions (from one brace in column 1 to the next).
cd "$(dirname "$0")/../.." || exit 1
files() { git ls-files -- '*.c' '*.h' '*.S'; }
echo 'lines by folder:'
files | xargs wc -l | awk '$2 != "total" { n = split($2, p, "/"); f = n > 2 ? p[1] "/" p[2] : p[1]; s[f] += $1 }
END { for (f in s) printf "%7d  %s\n", s[f], f }' | sort -k2
echo 'longest files:'
files | xargs wc -l | grep -v total | sort -rn | head -8
echo 'longest functions:'
files | grep '\.c$' | xargs awk '
FNR == 1 { start = 0 }
/^\{/ { start = FNR }
/^\}/ && start { printf "%7d  %s:%d\n", FNR - start + 1, FILENAME, start; start = 0; }' | sort -rn | head -8
