/*
 * What devices on an I2C bus with 8-bit registers have in common: the first byte written is the
 * number of a register, and it goes up by itself.
 *
 * Source: I2C-bus specification (UM10204), 3.1.
 */
#ifndef MOAT_I2C_H
#define MOAT_I2C_H

#include "devices/device.h"

struct i2c {
    uint8_t selected; /* it is the one that was addressed */
    uint8_t fresh;    /* the next byte written is a register's number */
    uint8_t at;       /* the register that is next */
};

#define I2C_STATE(type, member)                                          \
    STATE_FIELD(type, member.selected), STATE_FIELD(type, member.fresh), \
        STATE_FIELD(type, member.at)

enum i2c_does {
    I2C_NOTHING,
    I2C_ACK,   /* only to acknowledge */
    I2C_READ,  /* give register @at, then advance it */
    I2C_WRITE, /* take register @at, then advance it */
};

/** What @op means for the device at @address. */
static inline enum i2c_does i2c_transfer(struct i2c *i, uint32_t address, enum bus_op op,
                                         const uint8_t *byte)
{
    switch (op) {
    case BUS_START_WRITE:
    case BUS_START_READ:
        i->selected = *byte == address;
        i->fresh = op == BUS_START_WRITE;
        return i->selected ? I2C_ACK : I2C_NOTHING;
    case BUS_STOP:
        i->selected = 0;
        return I2C_NOTHING;
    case BUS_READ:
        return i->selected ? I2C_READ : I2C_NOTHING;
    case BUS_WRITE:
        if (!i->selected)
            return I2C_NOTHING;
        if (!i->fresh)
            return I2C_WRITE;
        i->fresh = 0;
        i->at = *byte;
        return I2C_ACK;
    default:
        return I2C_NOTHING;
    }
}

#endif
