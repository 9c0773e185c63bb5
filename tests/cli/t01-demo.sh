# The whole way once: Keep's demo, its console, its recording, its explanations.
. "$(dirname "$0")/lib.sh"

run 0 moat run -o a.rec "$M4/demo.elf"
cp "$out" demo.out; cp "$err" demo.err
has out 'summary: 5 of 5 attacks refused, the sum is 46'
for what in "read a neighbour's memory" 'write code' 'write a kernel object' 'overflow its stack'; do
  has out "mallory tries to $what: refused by the MPU"
done
has out 'mallory tries to pass a kernel address to a system call: refused by the kernel'

# Claim 1: each refused access explained; the last line names the recording.
has err "thread 'mallory' (user) was refused a read of"
has err 'at       read_neighbour'
has err 'kernel/apps/demo/main.c:'
has err "partition 'alice_private'"
has err 'region 2 is read-only: unprivileged code may not write it'
has err 'full+4'
has err "below the stack of thread 'mallory', which has overflowed"
has err 'DACCVIOL (a data access was refused), MMARVALID (MMFAR holds the address)'
has err 'insn     str'
check 'the last line names the recording' [ "$(tail -n 1 "$err")" = "moat: recorded to 'a.rec'" ]

# Claim 3: two runs, one trace.
run 0 moat run -q -o b.rec "$M4/demo.elf"
check 'quiet: the console alone' [ ! -s "$err" ]
check 'same console' cmp -s "$out" demo.out
check 'two runs give byte-identical traces' cmp -s a.rec/ctf/stream b.rec/ctf/stream
check 'and the same description' cmp -s a.rec/recording.json b.rec/recording.json
check 'the firmware is in the recording' cmp -s a.rec/firmware/demo.elf "$M4/demo.elf"

# What was recorded reads back.
run 1 moat explain a.rec
check 'explain says what run said' sh -c 'grep -v "^moat: " demo.err | sed "1{/^$/d}" | sed "\${/^$/d}" > said; cmp -s said stdout'
run 0 moat trace transitions --json a.rec
check 'one JSON object a line' [ "$(grep -c '^{.*}$' "$out")" = "$(wc -l < "$out")" ]
check 'entries are as many as returns' [ "$(grep -c '"kind":"enter"' "$out")" = "$(($(grep -c '"kind":"leave"' "$out") + 0))" ]
run 0 moat trace faults a.rec
check 'five faults' [ "$(wc -l < "$out")" = 5 ]
n=$(sed -n 's/^e\([0-9]*\) .*/\1/p' "$out" | head -n 1)
run 1 moat explain --event "e$n" a.rec
check 'one explanation' [ "$(grep -c 'thread .mallory. (user)' "$out")" = 1 ]
check 'of 15 lines at the most' [ "$(wc -l < "$out")" -le 15 ]
run 65 moat explain --event 1 a.rec
one_line
run 0 moat trace stat a.rec
has out 'events in'
run 0 moat trace list --task mallory a.rec
check 'only one thread' [ "$(awk '{ print $3 }' "$out" | sort -u)" = mallory ]

# Other tools read it: Common Trace Format.
run 0 babeltrace2 a.rec/ctf
moat trace a.rec > list.txt; moat trace digests a.rec >> list.txt
check 'babeltrace2 reads as many events' [ "$(wc -l < "$out")" = "$(wc -l < list.txt)" ]
has out 'fault:'
