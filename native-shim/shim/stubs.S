/* Return from the suspend handler. Its own copy of libc's __restore_rt, which libc does not export. */
  .text
  .globl ip_signal_return
  .hidden ip_signal_return
  .type ip_signal_return, @function
ip_signal_return:
  movl $15, %eax /* rt_sigreturn */
  syscall
  ud2
  .size ip_signal_return, . - ip_signal_return
  .section .note.GNU-stack,"",@progbits
