#include "sim/cli/registers.h"

#include "sim/machine/machine.h"

int registers_open(struct registers *r, const struct board *board, const char *path,
                   struct moat_error *err)
{
    *r = (struct registers){.board = board};
    return path ? svd_open(path, &r->svd, err) : 0;
}

void registers_close(struct registers *r)
{
    svd_close(r->svd);
    r->svd = NULL;
}

uint32_t registers_address(const struct registers *r, const char *device, uint32_t offset)
{
    const struct board_device *d = board_device_named(r->board, device);
    return d ? d->base + offset : offset;
}

const char *registers_name(const void *ctx, const char *device, uint32_t offset)
{
    const struct registers *r = ctx;
    return svd_name(r->svd, registers_address(r, device, offset));
}

bool registers_tell(const void *ctx, uint32_t addr, struct buf *out)
{
    const struct registers *r = ctx;
    for (uint32_t i = 0; i < r->board->devices; i++) {
        const struct board_device *d = &r->board->device[i];
        uint32_t bytes = board_find_kind(machine_parts()->kinds, d->kind)->map_bytes;
        uint32_t offset = addr - d->base;
        if (offset >= bytes && d->mirror)
            offset = addr - d->mirror;
        if (offset >= bytes)
            continue;
        const char *name = svd_name(r->svd, d->base + offset);
        if (name)
            buf_addf(out, "register %s of device '%s'", name, d->name);
        else
            buf_addf(out, "register 0x%03x of device '%s'", offset, d->name);
        return true;
    }
    return false;
}
