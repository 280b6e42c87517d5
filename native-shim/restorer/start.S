/* Entry, and the jump into a restored thread. */
  .text
  .globl _start
_start:
  xorl %ebp, %ebp
  movq %rsp, %rdi
  call restorer_relocate /* on the kernel's stack: our own is among what is copied */
  movq %rax, %rdi
  leaq restorer_stack_top(%rip), %rsp
  call restorer_main
  ud2

  .globl restorer_jump
/* void restorer_jump(const struct ip_context *rdi), the counterpart of ip_save_context */
restorer_jump:
  movq 0(%rdi), %rbx
  movq 8(%rdi), %rbp
  movq 16(%rdi), %r12
  movq 24(%rdi), %r13
  movq 32(%rdi), %r14
  movq 40(%rdi), %r15
  movq 48(%rdi), %rsp
  ldmxcsr 64(%rdi)
  fldcw 68(%rdi)
  movl $1, %eax
  jmp *56(%rdi)

  .globl restorer_clone3
/* int64_t restorer_clone3(struct clone_args *rdi, size_t rsi, void (*rdx)(void *), void *rcx): the child calls rdx. */
restorer_clone3:
  movq %rdx, %r8
  movq %rcx, %r9
  movl $435, %eax
  syscall
  testq %rax, %rax
  jz 1f
  ret
1:
  xorl %ebp, %ebp
  movq %r9, %rdi
  andq $-16, %rsp
  call *%r8
  ud2

  .bss
  .balign 16
  .skip 262144
restorer_stack_top:
  .skip 16
  .section .note.GNU-stack,"",@progbits
