/*
 * The rest of a transfer that a suspension cut short (cut_calls.c). On the stack: what was done before, the arguments
 * that the kernel would have kept, the address behind the call, and the red zone. Is itself such a call.
 */
#include <sys/syscall.h>

#define RED_ZONE 128

  .macro finish name number
  .globl \name
  .hidden \name
  .type \name, @function
\name:
  movl $\number, %eax
  syscall
  popq %rcx
  testq %rax, %rax
  js 1f
  addq %rax, %rcx
1:
  movq %rcx, %rax
  popq %rdi
  popq %rsi
  popq %rdx
  ret $RED_ZONE
  .size \name, . - \name
  .endm

  .text
  finish ip_finish_write, SYS_write
  finish ip_finish_sendto, SYS_sendto
  finish ip_finish_recvfrom, SYS_recvfrom
  .section .note.GNU-stack,"",@progbits
