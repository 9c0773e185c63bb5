# keeptool: what it makes, and what it says when something cannot be.
. "$(dirname "$0")/lib.sh"

CROSS=${CROSS:-arm-none-eabi-}
tool() { "$BUILD/keeptool" "$@"; }
compile() { # name: C text from stdin, after the includes of a program
  { printf '#include "kernel/abi/supervisor.h"\n#include "kernel/user/keep.h"\n'; cat; } > "$1.c"
  (cd "$ROOT" && "${CROSS}gcc" -mcpu=cortex-m4 -mthumb -Os -g -gdwarf-4 -ffreestanding -fdata-sections -I. \
    '-DKEEP_BOARD="kernel/boards/mps2-an386.h"' -c -o "$T/$1.o" "$T/$1.c")
}
layout() { tool layout -m "$1" -l app.ld -t tables.c -b budget "$2.o"; }
says() { has err "$1"; }

compile good << 'E2'
KEEP_PARTITION(small); KEEP_PARTITION(large);
KEEP_DOMAIN(both, "small large"); KEEP_DOMAIN(one, "large");
uint32_t a KEEP_APP_BSS(small), b KEEP_APP_DATA(small) = 5;
uint8_t c[300] KEEP_APP_BSS(large);
E2
run 0 layout v7 good
check 'a power of two, the largest first' [ "$(grep -n large app.ld | head -n 1 | cut -d: -f1)" -lt "$(grep -n small app.ld | head -n 1 | cut -d: -f1)" ]
check 'PMSAv7: 512 bytes' grep -q 'large = {(uint32_t)__keep_large_start, 512u' tables.c
check 'the budget says what is wasted' grep -q 'large  *300  *512  *212' budget
check 'and what subregions would save' grep -q 'subregions would save 192 bytes' budget
cp app.ld first.ld; cp tables.c first.c
run 0 layout v7 good
check 'twice the same' sh -c 'cmp -s app.ld first.ld && cmp -s tables.c first.c'
run 0 layout v8 good
check 'PMSAv8: 320 bytes' grep -q 'large = {(uint32_t)__keep_large_start, 320u' tables.c
run 0 layout v6 good
check 'PMSAv6: 256 at the least' grep -q 'small = {(uint32_t)__keep_small_start, 256u' tables.c

compile many << 'E2'
KEEP_DOMAIN(greedy, "p1 p2 p3 p4 p5");
int a KEEP_APP_BSS(p1), b KEEP_APP_BSS(p2), c KEEP_APP_BSS(p3), d KEEP_APP_BSS(p4), e KEEP_APP_BSS(p5);
E2
run 1 layout v7 many
says "the domain 'greedy' has 5 partitions, and the MPU has regions for 4: there is none for 'p5'"
says 'hint: put two of its partitions together'

compile empty << 'E2'
KEEP_DOMAIN(hollow, "nothing");
E2
run 1 layout v7 empty
says "the partition 'nothing' of domain 'hollow' holds nothing"

compile twice << 'E2'
KEEP_DOMAIN(pair, "p p");
int a KEEP_APP_BSS(p);
E2
run 1 layout v7 twice
says "the domain 'pair' has partition 'p' twice"

compile lib << 'E2'
int library_data = 3; int library_bss[10];
E2
compile user << 'E2'
KEEP_DOMAIN(d, "part");
int own KEEP_APP_BSS(part);
E2
"${CROSS}ar" rcs libthing.a lib.o
run 0 tool layout -m v7 -L libthing.a=part -l app.ld -t tables.c -b budget user.o libthing.a
check 'a library as a whole' grep -q 'libthing.a:\*(.bss' app.ld
check 'its sizes count' grep -q 'part  *52 ' budget

run 1 layout v9 good
says "there is no MPU 'v9'"
run 1 tool layout -m v7 -l app.ld -t tables.c nowhere.o
says "cannot open 'nowhere.o'"
echo text > text.o
run 1 layout v7 text
says 'is no object file'
run 64 tool
run 64 tool nonsense

# The table of objects: what lies where it may not. A link of our own, as kernel/arch/image.ld.S has it.
image() { # name
  cat > image.ld << 'E2'
SECTIONS
{
    .text 0 : { *(.text*) *(.rodata*) }
    . = 0x20000000;
    __kernel_ram_start = .;
    .data : { *(.data*) *(.bss*) }
    __kernel_ram_end = .;
    .app 0x20008000 : { *(.keep_app*) }
}
E2
  "${CROSS}ld" -T image.ld -e 0 -o "$1.elf" "$1.o" 2> /dev/null
}
objects() { compile "$1" && image "$1" && run "$2" tool objects -o objects.c "$1.elf"; }
objects plain 0 << 'E2'
struct keep_sem sem; static struct keep_mutex mutexes[3];
struct { int x; struct { struct keep_event inner; } deep; } holder;
void *use(void); void *use(void) { return &mutexes[1]; }
E2
check 'variables, elements, members' sh -c 'grep -q "SEM sem " objects.c && grep -q "MUTEX mutexes\[2\]" objects.c && grep -q "EVENT holder.deep.inner" objects.c'
objects nested 0 << 'E2'
typedef struct keep_sem row[2]; row grid[3];
E2
check 'arrays of arrays' [ "$(grep -c 'SEM grid' objects.c)" = 6 ]
objects exposed 1 << 'E2'
struct keep_sem sem KEEP_APP_BSS(part);
E2
says "the object 'sem' (struct keep_sem) is at 0x20008000, outside the kernel's memory"
objects union 1 << 'E2'
union { struct keep_sem sem; struct keep_mutex mutex; } both;
E2
says "the object 'both.sem' (struct keep_sem) is in the union 'both'"
objects const 1 << 'E2'
const struct keep_sem sem = {.count = 1};
const void *use(void); const void *use(void) { return &sem; }
E2
says "outside the kernel's memory"
run 1 tool objects -o objects.c text.o
says "cannot read 'text.o' as an ELF file"
compile wild << 'E2'
int x; int *pointer = &x;
E2
run 1 tool program -o p.kpg wild.o
says 'link with kernel/programs/program.ld'
