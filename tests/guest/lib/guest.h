/*
 * A small bare-metal runtime for the guests of tests/ and bench/: reset, console, exit.
 *
 * A guest defines guest_main() and any handler of the weak names below; the rest ends the run with
 * status 1.
 */
#ifndef GUEST_H
#define GUEST_H

#include <stdint.h>

#define REG(addr) (*(volatile uint32_t *)(addr))

#define SCB_ICSR    REG(0xE000ED04)
#define SCB_VTOR    REG(0xE000ED08)
#define SCB_AIRCR   REG(0xE000ED0C)
#define SCB_SCR     REG(0xE000ED10)
#define SCB_CCR     REG(0xE000ED14)
#define SCB_SHPR1   REG(0xE000ED18)
#define SCB_SHPR2   REG(0xE000ED1C)
#define SCB_SHPR3   REG(0xE000ED20)
#define SCB_SHCSR   REG(0xE000ED24)
#define SCB_CFSR    REG(0xE000ED28)
#define SCB_HFSR    REG(0xE000ED2C)
#define SCB_MMFAR   REG(0xE000ED34)
#define SCB_BFAR    REG(0xE000ED38)
#define MPU_CTRL    REG(0xE000ED94)
#define MPU_RNR     REG(0xE000ED98)
#define MPU_RBAR    REG(0xE000ED9C)
#define MPU_RASR    REG(0xE000EDA0)
#define SYST_CSR    REG(0xE000E010)
#define SYST_RVR    REG(0xE000E014)
#define SYST_CVR    REG(0xE000E018)
#define NVIC_ISER   REG(0xE000E100)
#define NVIC_ICER   REG(0xE000E180)
#define NVIC_ISPR   REG(0xE000E200)
#define NVIC_ICPR   REG(0xE000E280)
#define NVIC_IABR   REG(0xE000E300)
#define NVIC_IPR(n) (*(volatile uint8_t *)(0xE000E400u + (n)))

#define BARRIER() __asm__ volatile("dsb\n\tisb" ::: "memory")

/** What an exception pushes. */
struct frame {
    uint32_t r0, r1, r2, r3, r12, lr, pc, xpsr;
};

void guest_main(void);
_Noreturn void guest_exit(uint32_t status);
void guest_putc(char c);
void guest_puts(const char *text);
void guest_hex(uint32_t value); /* eight digits and a newline */

/** MPU region @n; @rasr without nothing added: the guest says it all. */
static inline void guest_region(uint32_t n, uint32_t base, uint32_t rasr)
{
    MPU_RNR = n;
    MPU_RBAR = base;
    MPU_RASR = rasr;
}

/** RASR for 2^@log2 bytes. */
#define RASR(log2, ap, xn, srd) \
    ((uint32_t)(xn) << 28 | (uint32_t)(ap) << 24 | (uint32_t)(srd) << 8 | ((log2)-1u) << 1 | 1u)

/* Handlers that a guest may define. */
void nmi_handler(void);
void hardfault_handler(void);
void memmanage_handler(void);
void busfault_handler(void);
void usagefault_handler(void);
void svcall_handler(void);
void pendsv_handler(void);
void systick_handler(void);
void irq0_handler(void);
void irq1_handler(void);
void irq2_handler(void);
void irq3_handler(void);
void irq4_handler(void);
void irq5_handler(void);
void irq8_handler(void);

#endif
