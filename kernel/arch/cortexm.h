/*
 * Registers of the Cortex-M system, by address. Plain numbers: the assembler reads them too.
 *
 * Source: DDI 0403E B3.2, B3.3, B3.5; DDI 0553 D1.2 for ARMv8-M.
 */
#ifndef KEEP_ARCH_CORTEXM_H
#define KEEP_ARCH_CORTEXM_H

#define SYST_CSR   0xE000E010
#define SYST_RVR   0xE000E014
#define SYST_CVR   0xE000E018
#define NVIC_ISER0 0xE000E100
#define NVIC_ICER0 0xE000E180
#define NVIC_ISPR0 0xE000E200
#define NVIC_ICPR0 0xE000E280
#define NVIC_IPR0  0xE000E400
#define SCB_ICSR   0xE000ED04
#define SCB_VTOR   0xE000ED08
#define SCB_CCR    0xE000ED14
#define SCB_SHPR1  0xE000ED18
#define SCB_SHPR2  0xE000ED1C
#define SCB_SHPR3  0xE000ED20
#define SCB_SHCSR  0xE000ED24
#define SCB_CFSR   0xE000ED28
#define SCB_HFSR   0xE000ED2C
#define SCB_MMFAR  0xE000ED34
#define SCB_BFAR   0xE000ED38
#define SCB_CPACR  0xE000ED88
#define MPU_TYPE   0xE000ED90
#define MPU_CTRL   0xE000ED94
#define MPU_RNR    0xE000ED98
#define MPU_RBAR   0xE000ED9C
#define MPU_RASR   0xE000EDA0 /* PMSAv6, PMSAv7 */
#define MPU_RLAR   0xE000EDA0 /* PMSAv8 */
#define MPU_MAIR0  0xE000EDC0
#define FPU_FPCCR  0xE000EF34

#define SYST_CSR_ENABLE         1u
#define SYST_CSR_TICKINT        2u
#define SYST_CSR_CLKSOURCE      4u
#define SYST_MOST               0x00FFFFFFu
#define SCB_ICSR_PENDSVSET      0x10000000u
#define SCB_ICSR_PENDSTSET      0x04000000u
#define SCB_ICSR_PENDSTCLR      0x02000000u
#define SCB_CCR_DIV_0_TRP       0x10u
#define SCB_SHCSR_FAULTS_ENABLE 0x70000u
#define SCB_SHCSR_PENDED        0xF000u
#define SCB_CPACR_FPU           0xF00000u
#define EXC_RETURN_THREAD_PSP   0xFFFFFFFDu
#define EXC_RETURN_PSP          4u
#define EXC_RETURN_THREAD       8u
#define EXC_RETURN_NO_FP        0x10u
#define CONTROL_NPRIV           1u
#define CONTROL_SPSEL           2u
#define XPSR_T                  0x01000000u
#define IPSR_MASK               0x1FFu
#define IPSR_SVCALL             11u

#define CFSR_IACCVIOL   0x1u
#define CFSR_DACCVIOL   0x2u
#define CFSR_MUNSTKERR  0x8u
#define CFSR_MSTKERR    0x10u
#define CFSR_MLSPERR    0x20u
#define CFSR_MMARVALID  0x80u
#define CFSR_IBUSERR    0x100u
#define CFSR_UNSTKERR   0x800u
#define CFSR_STKERR     0x1000u
#define CFSR_LSPERR     0x2000u
#define CFSR_BFARVALID  0x8000u
#define CFSR_BUS        0xFF00u
#define CFSR_UNDEFINSTR 0x10000u
#define CFSR_INVSTATE   0x20000u
#define CFSR_INVPC      0x40000u
#define CFSR_NOCP       0x80000u
#define CFSR_STKOF      0x100000u
#define CFSR_UNALIGNED  0x1000000u
#define CFSR_DIVBYZERO  0x2000000u

#endif
