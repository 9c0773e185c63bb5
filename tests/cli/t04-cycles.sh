# Every timing rule, as a guest measures it: docs/timing.md.
. "$(dirname "$0")/lib.sh"

for board in mps2-an385 mps2-an386 mps2-an500 mps2-an505 generic-m0 generic-m0plus; do
  run 0 moat run -q --no-record --board $board "$GUEST/$board/cycles.elf"
  rules=$(grep -c ': expected ' "$out")
  check "$board: at least 24 rules are measured ($rules)" [ "$rules" -ge 24 ]
  check "$board: none is wrong" [ "$(grep -c WRONG "$out")" = 0 ]
  grep WRONG "$out" | sed 's/^/# /'
done

run 0 moat run --stat -q --no-record "$M4/demo.elf"
has err 'cycles an instruction'
has err 'thread    alice'
has err 'exception SVCall'

# Flash: five wait states cost, an accelerator gives most of it back.
insns_cycles() { # wait states, lines
  moat board show mps2-an386 | sed "s/\"wait_states\":.*/\"wait_states\":$1/;s/\"accelerator_lines\":.*/\"accelerator_lines\":$2,/" > flash.json
  moat run --stat -q --no-record --board ./flash.json "$M4/svc.elf" 2>&1 > /dev/null | grep -o '^[0-9]* cycles' | tr -dc 0-9
}
none=$(insns_cycles 0 0); slow=$(insns_cycles 5 0); fast=$(insns_cycles 5 64)
check "5 wait states cost ($none, $slow cycles)" [ "$slow" -gt $((none + none / 20)) ]
check "an accelerator gives it back ($fast cycles)" [ "$fast" -lt "$slow" ]
