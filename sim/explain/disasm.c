#include <capstone/capstone.h>

#include "sim/explain/explain.h"

void explain_disassemble(uint32_t pc, uint32_t insn, uint32_t insn_bytes, struct buf *out)
{
    csh handle;
    cs_insn *list;
    if (insn_bytes == 0 ||
        cs_open(CS_ARCH_ARM, CS_MODE_THUMB | CS_MODE_MCLASS, &handle) != CS_ERR_OK)
        return;
    uint8_t bytes[4] = {(uint8_t)insn, (uint8_t)(insn >> 8), (uint8_t)(insn >> 16),
                        (uint8_t)(insn >> 24)};
    size_t n = cs_disasm(handle, bytes, insn_bytes, pc, 1, &list);
    if (n) {
        buf_addf(out, "%s%s%s", list[0].mnemonic, list[0].op_str[0] ? " " : "", list[0].op_str);
        cs_free(list, n);
    } else {
        buf_addf(out, "(no instruction: 0x%0*x)", (int)insn_bytes * 2, insn);
    }
    cs_close(&handle);
}
