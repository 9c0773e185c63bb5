#include "cpu/decode.h"

#include "cpu/decode_rows.h"

/* A memory access' registers, from what its fields say. */
static void finish_memory(struct insn *i)
{
    bool load = i->cls == INSN_LOAD || i->cls == INSN_LOAD_DUAL || i->cls == INSN_LOAD_EXCLUSIVE;
    bool store =
        i->cls == INSN_STORE || i->cls == INSN_STORE_DUAL || i->cls == INSN_STORE_EXCLUSIVE;
    bool dual = i->cls == INSN_LOAD_DUAL || i->cls == INSN_STORE_DUAL;
    i->addr_reads = (uint16_t)((REG(i->rn) | (i->reg_offset ? REG(i->rm) : 0)) & ~PC_BIT);
    i->reads |= i->addr_reads;
    if (store)
        i->reads |= (uint16_t)(REG(i->rt) | (dual ? REG(i->rt2) : 0));
    if (load)
        i->writes |= (uint16_t)(REG(i->rt) | (dual ? REG(i->rt2) : 0));
    if (i->cls == INSN_STORE_EXCLUSIVE)
        i->writes |= REG(i->rt2);
    if (i->cls == INSN_LOAD_MULTIPLE)
        i->writes |= i->list;
    if (i->cls == INSN_STORE_MULTIPLE)
        i->reads |= i->list;
    if (i->wback)
        i->writes |= REG(i->rn);
    if (i->cls == INSN_TABLE_BRANCH)
        i->writes |= PC_BIT;
}

static struct insn decode_with(const struct row *rows, size_t n, uint32_t w, uint8_t bytes)
{
    struct insn i = {.cls = INSN_ALU, .bytes = bytes};
    for (size_t r = 0; r < n; r++) {
        if ((w & rows[r].mask) != rows[r].match)
            continue;
        i.cls = rows[r].cls;
        i.ends_block = rows[r].flags & ENDS;
        i.v6m = rows[r].flags & V6;
        i.conditional = rows[r].flags & COND;
        if (rows[r].fill)
            rows[r].fill(&i, w);
        break;
    }
    if (insn_is_memory(i.cls))
        finish_memory(&i);
    return i;
}

struct insn insn_decode(uint16_t hw1, uint16_t hw2, bool priv)
{
    struct insn i;
    if (insn_is_wide(hw1))
        i = decode_with(decode_rows32, decode_count32, (uint32_t)hw1 << 16 | hw2, 4);
    else
        i = decode_with(decode_rows16, decode_count16, hw1, 2);
    if (i.cls == INSN_CPS && !priv)
        i = (struct insn){.cls = INSN_NOP, .bytes = 2, .v6m = true};
    return i;
}
