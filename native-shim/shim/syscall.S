/*
 * syscall(2) with a detour for the calls that make or replace a process (fork.c). Like libc's, it may be called on a
 * stack that parent and child share, so nothing but the number is ever put there, and for such calls not even that.
 */
#include <sys/syscall.h>

#define CLONE_VM 0x100
#define CLONE_ARGS_STACK 40 /* struct clone_args, linux/sched.h */
#define CLONE_ARGS_SIZE 64

  .text
  .globl syscall
  .type syscall, @function
syscall:
  .cfi_startproc
  cmpq $SYS_exit, %rdi /* 60; execve is 59, vfork 58, fork 57, clone 56 */
  ja .Labove
  cmpq $SYS_clone, %rdi
  jae .Lcreate
.Lplain:
  movq %rdi, %rax
  movq %rsi, %rdi
  movq %rdx, %rsi
  movq %rcx, %rdx
  movq %r8, %r10
  movq %r9, %r8
  movq 8(%rsp), %r9
  /* The suspend handler looks here for the number, in order to repeat an interrupted call (waits.c). */
  pushq %rax
  .cfi_adjust_cfa_offset 8
  syscall
  .globl ip_syscall_return
  .hidden ip_syscall_return
ip_syscall_return:
  leaq 8(%rsp), %rsp
  .cfi_adjust_cfa_offset -8
.Lresult:
  cmpq $-4095, %rax
  jae .Lerror
  ret
.Lerror:
  negl %eax
  pushq %rax
  .cfi_adjust_cfa_offset 8
  call __errno_location@PLT
  popq %rdx
  .cfi_adjust_cfa_offset -8
  movl %edx, (%rax)
  movq $-1, %rax
  ret

.Labove:
  cmpq $SYS_clone3, %rdi
  je .Lclone3
  cmpq $SYS_io_uring_setup, %rdi
  je ip_special_call
  cmpq $SYS_execveat, %rdi
  jne .Lplain
  jmp ip_special_call

.Lcreate:
  cmpq $SYS_vfork, %rdi
  je .Lshared
  cmpq $SYS_clone, %rdi
  jne ip_special_call
  testl $CLONE_VM, %esi
  jnz .Lshared
  testq %rdx, %rdx
  jnz .Lshared
  jmp ip_special_call
.Lclone3:
  cmpq $CLONE_ARGS_SIZE, %rdx
  jb .Lshared
  testq %rsi, %rsi
  jz .Lshared
  testl $CLONE_VM, (%rsi)
  jnz .Lshared
  cmpq $0, CLONE_ARGS_STACK(%rsi)
  jnz .Lshared
  jmp ip_special_call

.Lshared:
  movq %rdi, %rax
  movq %rsi, %rdi
  movq %rdx, %rsi
  movq %rcx, %rdx
  movq %r8, %r10
  movq %r9, %r8
  movq 8(%rsp), %r9
  syscall
  jmp .Lresult
  .cfi_endproc
  .size syscall, . - syscall
  .section .note.GNU-stack,"",@progbits
