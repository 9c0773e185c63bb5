# Programs of C libraries that never heard of us: newlib (rdimon, nano) and picolibc, from Debian's
# packages, for each core; what they print is compared with QEMU's semihosting. Then what a guest
# may not: files outside the folder, more than the limits.
. "$(dirname "$0")/lib.sh"
CC=${CROSS:-arm-none-eabi-}gcc
H=$ROOT/tests/hosted

newlib() { # source cpu code ram out spec...
  source=$1; cpu=$2; code=$3; ram=$4; o=$5; shift 5
  $CC -mcpu="$cpu" -mthumb -Os "$@" -T "$H/newlib.ld" -Wl,--defsym=CODE="$code",--defsym=RAM="$ram" \
    -Wl,--defsym=RAM_BYTES=0x20000 "$source" "$H/vectors.c" -o "$o" 2> cc.txt || cat cc.txt
}
pico() { # cpu code ram out
  $CC -mcpu="$1" -mthumb -Os --specs=picolibc.specs --oslib=semihost --crt0=hosted -T picolibc.ld \
    -Wl,--defsym=__flash="$2",--defsym=__flash_size=0x80000 \
    -Wl,--defsym=__ram="$3",--defsym=__ram_size=0x20000 -Wl,--defsym=__stack_size=0x1000 \
    "$H/hosted.c" -o "$4" 2> cc.txt || cat cc.txt
}
both() { # what board machine elf
  mkdir -p ours theirs
  (cd theirs && qemu 60 ../theirs.txt - -M "$3" -monitor none -serial none -kernel "../$4")
  theirs=$?
  moat run -q -o s.rec --guest-status --files ours --args "$4" --board "$2" "$4" > ours.txt 2>&1 < /dev/null
  got=$?
  check "$1: the same lines as QEMU" cmp ours.txt theirs.txt
  check "$1: its exit status, $got" [ "$got" = 7 ]
  check "$1: and QEMU's, $theirs" [ "$theirs" = 7 ]
  check "$1: all was said" grep -q '^arguments: ' ours.txt
  run 0 moat replay s.rec
}

while read -r core cpu board machine code ram; do
  newlib "$H/hosted.c" "$cpu" "$code" "$ram" n.elf --specs=rdimon.specs
  both "newlib on $core" "$board" "$machine" n.elf
  newlib "$H/hosted.c" "$cpu" "$code" "$ram" nano.elf --specs=rdimon.specs --specs=nano.specs
  both "newlib-nano on $core" "$board" "$machine" nano.elf
  pico "$cpu" "$code" "$ram" p.elf
  both "picolibc on $core" "$board" "$machine" p.elf
done <<EOF
M0 cortex-m0 generic-m0 mps2-an385 0 0x20000000
M0+ cortex-m0plus generic-m0plus mps2-an385 0 0x20000000
M3 cortex-m3 mps2-an385 mps2-an385 0 0x20000000
M4 cortex-m4 mps2-an386 mps2-an386 0 0x20000000
M7 cortex-m7 mps2-an500 mps2-an500 0 0x20000000
M33 cortex-m33 mps2-an505 mps2-an505 0x10000000 0x38000000
EOF

# A chip that no board file describes: a generic core with the memories that the ELF file has.
for core in m0 m4 m33; do
  cpu=cortex-$core
  pico "$cpu" 0x08000000 0x10000000 fit.elf
  run 65 moat run -q --no-record --board generic-$core fit.elf
  run 7 moat run -q -o fit.rec --guest-status --files ours --fit --board generic-$core fit.elf
  has out 'arguments: '
  run 0 moat replay fit.rec
  check "generic-$core: RAM as linked" [ "$(grep -c '"base":.*"0x10000000"' fit.rec/board.json)" = 1 ]
  check "generic-$core: of 128 KiB" [ "$(grep -c '"size":.*131072' fit.rec/board.json)" = 1 ]
done
run 64 moat run -q --no-record --fit --board microbit fit.elf
has err "'flash' is flash"

# No folder: no files. A folder: nothing outside it.
run 1 moat run -q --no-record --board mps2-an505 n.elf
cat > paths.c <<'EOF2'
#include <stdio.h>
int main(void)
{
    static const char *const names[] = {"../secret", "/etc/passwd", "link", "deep/../../secret",
                                        "linked/secret", ".", "", "fifo", "deep/in", "a//../../secret"};
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        FILE *r = fopen(names[i], "r"), *w = fopen(names[i], "a");
        printf("%s: %d %d %d %d\n", names[i], r != NULL, w != NULL, remove(names[i]),
               rename("deep/in", names[i]));
        if (w)
            fclose(w);
        if (r)
            fclose(r);
    }
    FILE *f = fopen("big", "w");
    unsigned long n = 0;
    while (f && n < 4000000 && putc('x', f) != EOF)
        n++;
    printf("written: %d\n", n < 3000000);
    return 0;
}
EOF2
newlib paths.c cortex-m4 0 0x20000000 paths.elf --specs=rdimon.specs
mkdir -p jail/deep outside; echo secret > secret; echo secret > outside/secret; echo in > jail/deep/in
ln -s ../secret jail/link; ln -s ../outside jail/linked; mkfifo jail/fifo
run 0 moat run -q --no-record --files jail --file-limit 1M paths.elf
check 'no name leads out of the folder' sh -c \
  '[ "$(cat secret)" = secret ] && [ "$(cat outside/secret)" = secret ] && [ ! -e a ]'
for n in ../secret /etc/passwd link deep/../../secret linked/secret . fifo a//../../secret; do
  check "'$n' is not opened" grep -qF -- "$n: 0 0 " "$out"
done
has out 'written: 1'
check 'and no more is written than the limit' [ "$(stat -c %s jail/big)" -le 1048576 ]
run 66 moat run --no-record --files nosuch paths.elf
has err "cannot open folder 'nosuch'"

# What is piped in, or typed by a script, is for who reads it: here semihosting, as on QEMU.
cat > lines.c <<'EOF2'
#include <stdio.h>
int main(void)
{
    char line[80];
    while (fgets(line, sizeof line, stdin))
        printf("got %s", line);
    puts("the end");
    return 0;
}
EOF2
newlib lines.c cortex-m3 0 0x20000000 lines.elf --specs=rdimon.specs
printf 'one\ntwo\nthree\n' | moat run -q -o l.rec --board mps2-an385 lines.elf > ours.txt
printf 'one\ntwo\nthree\n' | timeout -k 5 20 qemu-system-arm -M mps2-an385 -nographic -monitor none -serial none \
  -semihosting-config enable=on,target=native -kernel lines.elf > theirs.txt
check 'lines that are piped in, as on QEMU' cmp ours.txt theirs.txt
run 0 moat replay l.rec
printf 'type "hello\\n"\nwait "got hello" within 1s\nsleep 5ms\ntype "more\\n"\nwait "got more"\n' > lines.moat
run 0 moat run -q -o l.rec --board mps2-an385 --script lines.moat lines.elf
run 0 moat replay l.rec
printf 'type "x\\n"\nwait "never" within 1s\n' > never.moat
(sleep 30 | timeout 20 "$BUILD/moat" run -q --no-record --board mps2-an385 --script never.moat lines.elf) > "$out" 2> "$err" &
wait $!
has err '"never" did not come within 1 s'
# New files are counted, and a file that has another name is not written to.
cat > many.c <<'EOF2'
#include <stdio.h>
int main(void)
{
    char name[20];
    int made = 0;
    for (int n = 0; n < 3000; n++) {
        sprintf(name, "f%d", n);
        FILE *f = fopen(name, "w");
        if (f)
            made++, fclose(f);
    }
    FILE *f = fopen("hard", "w");
    printf("made %d, hard %d\n", made, f != NULL);
    f = fopen("f0", "r+");
    printf("far %d\n", f && fseek(f, 0x7ffffff0, SEEK_SET) == 0 && putc('x', f) != EOF && fflush(f) == 0);
    return 0;
}
EOF2
newlib many.c cortex-m3 0 0x20000000 many.elf --specs=rdimon.specs
mkdir many; echo mine > hard; ln hard many/hard
run 0 moat run -q --no-record --board mps2-an385 --files many many.elf
has out 'made 1024, hard 0'
has out 'far 0'
check 'a file with two names is left' grep -q mine hard

# A guest that prints for ever.
printf '#include <stdio.h>\nint main(void){for(;;)puts("flood");}\n' > flood.c
newlib flood.c cortex-m4 0 0x20000000 flood.elf --specs=rdimon.specs
run 1 timeout 60 "$BUILD/moat" run -q -o flood.rec --output-limit 64K flood.elf
has err '--output-limit'
check 'no more is printed' [ "$(wc -c < "$out")" -le 65536 ]
