#include "tests/unit/naive_mpu.h"

static uint32_t bits(uint32_t v, unsigned hi, unsigned lo)
{
    uint32_t r = 0;
    for (unsigned i = hi + 1; i-- > lo;)
        r = r * 2 + (v >> i & 1u);
    return r;
}

/* DefaultPermissions(): execute-never by bits 31 to 29 of the address. */
static bool default_xn(uint32_t address)
{
    switch (bits(address, 31, 29)) {
    case 0: /* code */
    case 1: /* SRAM */
    case 3: /* RAM */
    case 4: /* RAM */
        return false;
    }
    return true;
}

/* CheckPermission() */
static bool permitted(uint32_t ap, bool xn, char kind, bool ispriv)
{
    bool fault = true;
    bool iswrite = kind == 'w';
    switch (ap) {
    case 0:
        fault = true;
        break;
    case 1:
        fault = !ispriv;
        break;
    case 2:
        fault = !ispriv && iswrite;
        break;
    case 3:
        fault = false;
        break;
    case 4: /* UNPREDICTABLE; refused here and in mpu/ */
        fault = true;
        break;
    case 5:
        fault = !ispriv || iswrite;
        break;
    case 6:
    case 7:
        fault = iswrite;
        break;
    }
    if (kind == 'x')
        fault = fault || xn;
    return !fault;
}

/* ValidateAddress(), with 2^smallest bytes as the least region */
static bool validate(const struct naive_mpu *m, uint32_t address, char kind, bool ispriv,
                     bool negative, unsigned smallest)
{
    bool hit = false;
    uint32_t ap = 3; /* the default map: full access */
    bool xn = default_xn(address);
    if (bits(address, 31, 20) == 0xE00) {
        hit = true; /* PPB */
    } else if (bits(m->ctrl, 0, 0) == 0) {
        hit = true;
    } else if (bits(m->ctrl, 1, 1) == 0 && negative) {
        hit = true;
    } else {
        if (bits(m->ctrl, 2, 2) == 1 && ispriv)
            hit = true;
        for (unsigned r = 0; r < bits(m->type, 15, 8); r++) {
            uint32_t size_enable = bits(m->rasr[r], 15, 0);
            if (bits(size_enable, 0, 0) == 0)
                continue;
            unsigned lsbit = bits(size_enable, 5, 1) + 1;
            if (lsbit < smallest)
                continue; /* UNPREDICTABLE; an absent region here and in mpu/ */
            if (lsbit != 32 && bits(address, 31, lsbit) != bits(m->rbar[r], 31, lsbit))
                continue;
            if (lsbit >= 8) {
                unsigned subregion = bits(address, lsbit - 1, lsbit - 3);
                if (bits(size_enable, subregion + 8, subregion + 8) == 1)
                    continue;
            }
            ap = bits(m->rasr[r], 26, 24);
            xn = bits(m->rasr[r], 28, 28);
            hit = true;
        }
    }
    if (bits(address, 31, 29) == 7)
        xn = true;
    return hit && permitted(ap, xn, kind, ispriv);
}

bool naive_mpu_allows(const struct naive_mpu *m, uint32_t address, char kind, bool ispriv,
                      bool negative)
{
    return validate(m, address, kind, ispriv, negative, 5);
}

bool naive_mpu6_allows(const struct naive_mpu *m, uint32_t address, char kind, bool ispriv,
                       bool negative)
{
    return validate(m, address, kind, ispriv, negative, 8);
}

/* MPUCheck() and the permissions of MemI_Attr; AP is RBAR[2:1]: bit 2 read-only, bit 1 for all. */
bool naive_mpu8_allows(const struct naive_mpu *m, uint32_t address, char kind, bool ispriv,
                       bool negative)
{
    bool enabled = bits(m->ctrl, 0, 0), hfnmiena = bits(m->ctrl, 1, 1);
    bool hit = false, valid = false, multiple = false, readonly = false, anyone = true;
    bool xn = default_xn(address);
    if (bits(address, 31, 20) == 0xE00 || !enabled || (!hfnmiena && negative)) {
        valid = true;
    } else {
        for (unsigned r = 0; r < bits(m->type, 15, 8); r++) {
            uint32_t base = bits(m->rbar[r], 31, 5) * 32, limit = bits(m->rasr[r], 31, 5) * 32 + 31;
            if (bits(m->rasr[r], 0, 0) == 0 || address < base || address > limit)
                continue;
            multiple = multiple || hit;
            hit = valid = true;
            readonly = bits(m->rbar[r], 2, 2);
            anyone = bits(m->rbar[r], 1, 1);
            xn = bits(m->rbar[r], 0, 0);
        }
        if (!hit && ispriv && bits(m->ctrl, 2, 2))
            valid = true;
    }
    if (bits(address, 31, 29) == 7)
        xn = true;
    if (!valid || multiple || (!ispriv && !anyone))
        return false;
    return kind == 'w' ? !readonly : kind == 'x' ? !xn : true;
}
