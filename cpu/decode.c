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
    i->exchanges = i->writes & PC_BIT;
    if (i->cls == INSN_TABLE_BRANCH)
        i->writes |= PC_BIT;
}

static bool is_low(uint32_t n)
{
    return n != SP && n != PC;
}

static bool in_list(const struct insn *i, uint32_t n)
{
    return i->list >> n & 1u;
}

static bool single_is_sound(const struct insn *i)
{
    bool load = i->cls == INSN_LOAD, word = i->size == 4;
    if (i->rn == PC && !load)
        return false;
    if ((i->rt == PC && !(load && word)) || (i->rt == SP && (!word || i->unpriv)))
        return false;
    if (i->unpriv && (i->rt == PC || i->rn == PC))
        return false;
    return !(i->wback && i->rn == i->rt) && !(i->reg_offset && !is_low(i->rm));
}

static bool multiple_is_sound(const struct insn *i)
{
    bool load = i->cls == INSN_LOAD_MULTIPLE;
    if (i->list == 0 || i->rn == PC || in_list(i, SP) || (!load && in_list(i, PC)))
        return false;
    if (i->bytes == 2)
        return true; /* a base in its own list is stored as it was, or loaded */
    return popcount16(i->list) > 1 && !(in_list(i, PC) && in_list(i, LR)) &&
           !(i->wback && in_list(i, i->rn));
}

static bool dual_is_sound(const struct insn *i)
{
    bool load = i->cls == INSN_LOAD_DUAL;
    if (!is_low(i->rt) || !is_low(i->rt2) || (load && i->rt == i->rt2))
        return false;
    return !(i->rn == PC && (!load || i->wback)) &&
           !(i->wback && (i->rn == i->rt || i->rn == i->rt2));
}

static bool exclusive_is_sound(const struct insn *i)
{
    if (!is_low(i->rt) || i->rn == PC)
        return false;
    return i->cls == INSN_LOAD_EXCLUSIVE || (is_low(i->rt2) && i->rt2 != i->rn && i->rt2 != i->rt);
}

static bool fp_is_sound(const struct insn *i)
{
    if (i->fp_words == 0 || i->fp_first + i->fp_words > 32)
        return false;
    return i->rn != PC || (i->cls == INSN_FP_LOAD && i->fp_words <= 2 && !i->wback);
}

static bool table_is_sound(const struct insn *i)
{
    return i->rn != SP && is_low(i->rm);
}

/* Nothing of A7.7 makes it UNPREDICTABLE. */
static bool is_sound(const struct insn *i)
{
    static bool (*const sound[])(const struct insn *) = {
        [INSN_LOAD] = single_is_sound,
        [INSN_STORE] = single_is_sound,
        [INSN_LOAD_MULTIPLE] = multiple_is_sound,
        [INSN_STORE_MULTIPLE] = multiple_is_sound,
        [INSN_LOAD_DUAL] = dual_is_sound,
        [INSN_STORE_DUAL] = dual_is_sound,
        [INSN_LOAD_EXCLUSIVE] = exclusive_is_sound,
        [INSN_STORE_EXCLUSIVE] = exclusive_is_sound,
        [INSN_TABLE_BRANCH] = table_is_sound,
        [INSN_FP_LOAD] = fp_is_sound,
        [INSN_FP_STORE] = fp_is_sound,
    };
    return sound[i->cls](i);
}

static struct insn missing(uint8_t bytes)
{
    return (struct insn){.cls = INSN_MISSING, .bytes = bytes, .ends_block = true};
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
        i.v8m = rows[r].flags & V8;
        if (rows[r].fill)
            rows[r].fill(&i, w);
        break;
    }
    if (!insn_is_memory(i.cls))
        return i;
    if (!is_sound(&i))
        return missing(bytes);
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
