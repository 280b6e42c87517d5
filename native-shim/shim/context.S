/* Saving the callee-saved state of a thread, and starting one without libc. */
  .text
  .globl ip_save_context
  .hidden ip_save_context
  .type ip_save_context, @function
/* int ip_save_context(struct ip_context *rdi): the offsets are those of interpose_abi.h. */
ip_save_context:
  movq %rbx, 0(%rdi)
  movq %rbp, 8(%rdi)
  movq %r12, 16(%rdi)
  movq %r13, 24(%rdi)
  movq %r14, 32(%rdi)
  movq %r15, 40(%rdi)
  leaq 8(%rsp), %rdx
  movq %rdx, 48(%rdi)
  movq (%rsp), %rdx
  movq %rdx, 56(%rdi)
  stmxcsr 64(%rdi)
  fnstcw 68(%rdi)
  xorl %eax, %eax
  ret
  .size ip_save_context, . - ip_save_context

  .globl ip_clone_thread
  .hidden ip_clone_thread
  .type ip_clone_thread, @function
/* int64_t ip_clone_thread(uint64_t flags, void *stack_top, void (*fn)(void *), void *arg) */
ip_clone_thread:
  /* The new thread finds fn and arg on its own stack: registers hold what the parent had. */
  andq $-16, %rsi
  subq $16, %rsi
  movq %rdx, 0(%rsi)
  movq %rcx, 8(%rsi)
  xorl %edx, %edx
  xorl %r10d, %r10d
  xorl %r8d, %r8d
  movl $56, %eax /* clone */
  syscall
  testq %rax, %rax
  jz 1f
  ret
1:
  xorl %ebp, %ebp
  popq %rax
  popq %rdi
  call *%rax
  ud2
  .size ip_clone_thread, . - ip_clone_thread

  .globl ip_call_on_stack
  .hidden ip_call_on_stack
  .type ip_call_on_stack, @function
/* void ip_call_on_stack(void (*fn)(void *), void *arg, void *stack_top) */
ip_call_on_stack:
  pushq %rbp
  movq %rsp, %rbp
  movq %rdx, %rsp
  andq $-16, %rsp
  movq %rdi, %rax
  movq %rsi, %rdi
  call *%rax
  movq %rbp, %rsp
  popq %rbp
  ret
  .size ip_call_on_stack, . - ip_call_on_stack
  .section .note.GNU-stack,"",@progbits
