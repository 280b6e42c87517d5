// General, x87, SSE, AVX and AVX-512 registers, held by spinning threads that touch no memory but
// the stop flag. Built from assembly so that the compiler cannot keep the values anywhere else.
#include "guest.h"

#include <cpuid.h>
#include <immintrin.h>

static atomic_int spinning, stop;

static void check_image(const char *what, const void *before, const void *after, size_t size)
{
    const uint8_t *expected = before, *found = after;
    for (size_t i = 0; i < size; i++)
        CHECK(expected[i] == found[i], "%s: byte %zu is %02x, was %02x", what, i, found[i], expected[i]);
}

static void *general(void *unused)
{
    (void)unused;
    uint64_t before[12], after[12];
    void *source = before, *target = after, *flag = &stop;
    guest_pattern(before, sizeof before, 1);
    spinning++;
    __asm__ volatile("push %%rbx\n push %%rbp\n push %%rdi\n mov %%rdx, %%rcx\n"
                     "mov 0(%%rsi), %%rax\n mov 8(%%rsi), %%rbx\n mov 16(%%rsi), %%rdx\n mov 24(%%rsi), %%rbp\n"
                     "mov 32(%%rsi), %%r8\n mov 40(%%rsi), %%r9\n mov 48(%%rsi), %%r10\n mov 56(%%rsi), %%r11\n"
                     "mov 64(%%rsi), %%r12\n mov 72(%%rsi), %%r13\n mov 80(%%rsi), %%r14\n mov 88(%%rsi), %%r15\n"
                     "1: pause\n cmpl $0, (%%rcx)\n je 1b\n"
                     "pop %%rdi\n"
                     "mov %%rax, 0(%%rdi)\n mov %%rbx, 8(%%rdi)\n mov %%rdx, 16(%%rdi)\n mov %%rbp, 24(%%rdi)\n"
                     "mov %%r8, 32(%%rdi)\n mov %%r9, 40(%%rdi)\n mov %%r10, 48(%%rdi)\n mov %%r11, 56(%%rdi)\n"
                     "mov %%r12, 64(%%rdi)\n mov %%r13, 72(%%rdi)\n mov %%r14, 80(%%rdi)\n mov %%r15, 88(%%rdi)\n"
                     "pop %%rbp\n pop %%rbx\n"
                     : "+S"(source), "+D"(target), "+d"(flag)
                     :
                     : "rax", "rcx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "memory", "cc");
    check_image("general registers", before, after, sizeof before);
    return NULL;
}

static void *x87(void *unused)
{
    (void)unused;
    uint16_t control = 0x0c7f, found_control = 0, status = 0; // 24 bit precision, round to zero
    uint32_t mxcsr = 0x1f80 | 0x6000 | 0x8000, found_mxcsr = 0; // round to zero, flush to zero
    double before[4] = {3.25, -1.0 / 3, 1e300, 5e-324}, after[4];
    spinning++;
    __asm__ volatile("fninit\n fldl 0(%0)\n fldl 8(%0)\n fldl 16(%0)\n fldl 24(%0)\n"
                     "fldcw %3\n ldmxcsr %4\n"
                     "1: pause\n cmpl $0, (%2)\n je 1b\n"
                     "fnstsw %7\n fnstcw %5\n stmxcsr %6\n fninit\n"
                     :
                     : "r"(before), "r"(after), "r"(&stop), "m"(control), "m"(mxcsr), "m"(found_control),
                       "m"(found_mxcsr), "m"(status)
                     : "memory", "cc", "st", "st(1)", "st(2)", "st(3)", "st(4)", "st(5)", "st(6)", "st(7)");
    _mm_setcsr(0x1f80);
    CHECK(found_control == control, "x87 control word is %04x, was %04x", found_control, control);
    CHECK((found_mxcsr & 0xffc0) == mxcsr, "mxcsr is %04x, was %04x", found_mxcsr, mxcsr);
    CHECK((status >> 11 & 7) == 4, "x87 top of stack is %d, was 4", status >> 11 & 7);
    return NULL;
}

static void *x87_stack(void *unused)
{
    (void)unused;
    double before[4] = {3.25, -1.0 / 3, 1e300, 1e-300}, after[4] = {0};
    spinning++;
    __asm__ volatile("fninit\n fldl 0(%0)\n fldl 8(%0)\n fldl 16(%0)\n fldl 24(%0)\n"
                     "1: pause\n cmpl $0, (%2)\n je 1b\n"
                     "fstpl 24(%1)\n fstpl 16(%1)\n fstpl 8(%1)\n fstpl 0(%1)\n fninit\n"
                     :
                     : "r"(before), "r"(after), "r"(&stop)
                     : "memory", "cc", "st", "st(1)", "st(2)", "st(3)", "st(4)", "st(5)", "st(6)", "st(7)");
    check_image("x87 stack", before, after, sizeof before);
    return NULL;
}

#define XMM_CLOBBERS                                                                                                   \
    "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12",         \
        "xmm13", "xmm14", "xmm15"
#define MOVE(op, reg, n, size) op " " #n "*" #size "(%0), %%" reg #n "\n"
#define STORE(op, reg, n, size) op " %%" reg #n ", " #n "*" #size "(%1)\n"
#define LOAD16(op, reg, size)                                                                                          \
    MOVE(op, reg, 0, size)                                                                                             \
    MOVE(op, reg, 1, size)                                                                                             \
    MOVE(op, reg, 2, size)                                                                                             \
    MOVE(op, reg, 3, size)                                                                                             \
    MOVE(op, reg, 4, size)                                                                                             \
    MOVE(op, reg, 5, size)                                                                                             \
    MOVE(op, reg, 6, size)                                                                                             \
    MOVE(op, reg, 7, size)                                                                                             \
    MOVE(op, reg, 8, size)                                                                                             \
    MOVE(op, reg, 9, size)                                                                                             \
    MOVE(op, reg, 10, size)                                                                                            \
    MOVE(op, reg, 11, size)                                                                                            \
    MOVE(op, reg, 12, size)                                                                                            \
    MOVE(op, reg, 13, size)                                                                                            \
    MOVE(op, reg, 14, size)                                                                                            \
    MOVE(op, reg, 15, size)
#define SAVE16(op, reg, size)                                                                                          \
    STORE(op, reg, 0, size)                                                                                            \
    STORE(op, reg, 1, size)                                                                                            \
    STORE(op, reg, 2, size)                                                                                            \
    STORE(op, reg, 3, size)                                                                                            \
    STORE(op, reg, 4, size)                                                                                            \
    STORE(op, reg, 5, size)                                                                                            \
    STORE(op, reg, 6, size)                                                                                            \
    STORE(op, reg, 7, size)                                                                                            \
    STORE(op, reg, 8, size)                                                                                            \
    STORE(op, reg, 9, size)                                                                                            \
    STORE(op, reg, 10, size)                                                                                           \
    STORE(op, reg, 11, size)                                                                                           \
    STORE(op, reg, 12, size)                                                                                           \
    STORE(op, reg, 13, size)                                                                                           \
    STORE(op, reg, 14, size)                                                                                           \
    STORE(op, reg, 15, size)
#define SPIN "1: pause\n cmpl $0, (%2)\n je 1b\n"

static void *sse(void *unused)
{
    (void)unused;
    uint8_t before[16 * 16], after[16 * 16] = {0};
    guest_pattern(before, sizeof before, 2);
    spinning++;
    __asm__ volatile(LOAD16("movdqu", "xmm", 16) SPIN SAVE16("movdqu", "xmm", 16)
                     :
                     : "r"(before), "r"(after), "r"(&stop)
                     : "memory", "cc", XMM_CLOBBERS);
    check_image("SSE registers", before, after, sizeof before);
    return NULL;
}

__attribute__((target("avx"))) static void *avx(void *unused)
{
    (void)unused;
    uint8_t before[16 * 32], after[16 * 32] = {0};
    guest_pattern(before, sizeof before, 3);
    spinning++;
    __asm__ volatile(LOAD16("vmovdqu", "ymm", 32) SPIN SAVE16("vmovdqu", "ymm", 32)
                     :
                     : "r"(before), "r"(after), "r"(&stop)
                     : "memory", "cc", XMM_CLOBBERS);
    check_image("AVX registers", before, after, sizeof before);
    return NULL;
}

#define HIGH16(M, op, reg, size)                                                                                       \
    M(op, reg, 16, size)                                                                                               \
    M(op, reg, 17, size)                                                                                               \
    M(op, reg, 18, size)                                                                                               \
    M(op, reg, 19, size)                                                                                               \
    M(op, reg, 20, size)                                                                                               \
    M(op, reg, 21, size)                                                                                               \
    M(op, reg, 22, size)                                                                                               \
    M(op, reg, 23, size)                                                                                               \
    M(op, reg, 24, size)                                                                                               \
    M(op, reg, 25, size)                                                                                               \
    M(op, reg, 26, size)                                                                                               \
    M(op, reg, 27, size)                                                                                               \
    M(op, reg, 28, size)                                                                                               \
    M(op, reg, 29, size)                                                                                               \
    M(op, reg, 30, size)                                                                                               \
    M(op, reg, 31, size)

__attribute__((target("avx512f,avx512bw"))) static void *avx512(void *unused)
{
    (void)unused;
    uint8_t before[32 * 64], after[32 * 64] = {0};
    uint64_t masks[8] = {1, 0x0123456789abcdef, ~0ULL, 42, 5, 6, 0x8000000000000000, 0x5555555555555555}, found[8] = {0};
    guest_pattern(before, sizeof before, 4);
    spinning++;
    __asm__ volatile(LOAD16("vmovdqu64", "zmm", 64) HIGH16(MOVE, "vmovdqu64", "zmm", 64)
                     "kmovq 0(%3), %%k0\n kmovq 8(%3), %%k1\n kmovq 16(%3), %%k2\n kmovq 24(%3), %%k3\n"
                     "kmovq 32(%3), %%k4\n kmovq 40(%3), %%k5\n kmovq 48(%3), %%k6\n kmovq 56(%3), %%k7\n" SPIN
                     "kmovq %%k0, 0(%4)\n kmovq %%k1, 8(%4)\n kmovq %%k2, 16(%4)\n kmovq %%k3, 24(%4)\n"
                     "kmovq %%k4, 32(%4)\n kmovq %%k5, 40(%4)\n kmovq %%k6, 48(%4)\n kmovq %%k7, 56(%4)\n"
                     SAVE16("vmovdqu64", "zmm", 64) HIGH16(STORE, "vmovdqu64", "zmm", 64)
                     :
                     : "r"(before), "r"(after), "r"(&stop), "r"(masks), "r"(found)
                     : "memory", "cc", XMM_CLOBBERS, "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22",
                       "xmm23", "xmm24", "xmm25", "xmm26", "xmm27", "xmm28", "xmm29", "xmm30", "xmm31", "k1", "k2",
                       "k3", "k4", "k5", "k6", "k7");
    check_image("AVX-512 registers", before, after, sizeof before);
    check_image("AVX-512 masks", masks, found, sizeof masks);
    return NULL;
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    pthread_t threads[6];
    int count = 0;
    threads[count++] = guest_thread(general, NULL);
    threads[count++] = guest_thread(x87, NULL);
    threads[count++] = guest_thread(x87_stack, NULL);
    threads[count++] = guest_thread(sse, NULL);
    if (__builtin_cpu_supports("avx2"))
        threads[count++] = guest_thread(avx, NULL);
    if (__builtin_cpu_supports("avx512bw"))
        threads[count++] = guest_thread(avx512, NULL);
    while (spinning < count)
        sched_yield();
    guest_ready();
    guest_wait();
    stop = 1;
    for (int i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    return guest_pass();
}
