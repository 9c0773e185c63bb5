#!/bin/sh
# embed.sh BOARD.json... : a C file with the texts of the boards, for sim/cli.
echo '#include "sim/cli/cli.h"'
for f; do
  n=$(basename "$f" .json | tr -c 'a-z0-9\n' _)
  echo "static const char ${n}_text[] = {"
  od -An -v -tx1 "$f" | sed 's/ \(..\)/0x\1,/g'
  echo '0};'
done
echo 'const struct cli_board cli_boards[] = {'
for f; do
  name=$(basename "$f" .json)
  n=$(echo "$name" | tr -c 'a-z0-9\n' _)
  echo "{\"$name\", ${n}_text, sizeof ${n}_text - 1},"
done
echo '{0}};'
