/*
 * Registers of the Cortex-M system, by address. Plain numbers: the assembler reads them too.
 *
 * Source: DDI 0403E B3.2, B3.3, B3.5.
 */
#ifndef KEEP_ARCH_CORTEXM_H
#define KEEP_ARCH_CORTEXM_H

#define SYST_CSR  0xE000E010
#define SYST_RVR  0xE000E014
#define SYST_CVR  0xE000E018
#define SCB_ICSR  0xE000ED04
#define SCB_SHPR1 0xE000ED18
#define SCB_SHPR2 0xE000ED1C
#define SCB_SHPR3 0xE000ED20
#define SCB_SHCSR 0xE000ED24
#define SCB_CFSR  0xE000ED28
#define SCB_HFSR  0xE000ED2C
#define SCB_MMFAR 0xE000ED34
#define SCB_BFAR  0xE000ED38
#define MPU_TYPE  0xE000ED90
#define MPU_CTRL  0xE000ED94
#define MPU_RBAR  0xE000ED9C
#define MPU_RASR  0xE000EDA0

#define SCB_ICSR_PENDSVSET      (1u << 28)
#define SCB_SHCSR_FAULTS_ENABLE (7u << 16)
#define SCB_SHCSR_PENDED        (0xFu << 12)
#define SCB_CFSR_MSTKERR        (1u << 4)
#define SCB_CFSR_STKERR         (1u << 12)
#define SCB_CFSR_MMARVALID      (1u << 7)
#define SCB_CFSR_BFARVALID      (1u << 15)
#define EXC_RETURN_THREAD_PSP   0xFFFFFFFDu
#define CONTROL_NPRIV           1u
#define CONTROL_SPSEL           2u
#define XPSR_T                  (1u << 24)

#endif
