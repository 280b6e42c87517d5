/* The few functions that the compiler and libzstd expect of a libc. */
#include <stddef.h>
#include <stdint.h>

void *memcpy(void *restrict to, const void *restrict from, size_t length) {
  void *result = to;
  __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(length) : : "memory");
  return result;
}

void *memset(void *to, int value, size_t length) {
  void *result = to;
  __asm__ volatile("rep stosb" : "+D"(to), "+c"(length) : "a"(value) : "memory");
  return result;
}

void *memmove(void *to, const void *from, size_t length) {
  uint8_t *d = to;
  const uint8_t *s = from;
  if (d <= s || d >= s + length) return memcpy(to, from, length);
  while (length--) d[length] = s[length];
  return to;
}

int memcmp(const void *a, const void *b, size_t length) {
  const uint8_t *x = a, *y = b;
  for (; length; x++, y++, length--)
    if (*x != *y) return *x - *y;
  return 0;
}

/* libzstd refers to these for contexts that it would allocate itself; ours are static. */
void *malloc(size_t size);
void *malloc(size_t size) {
  (void)size;
  return NULL;
}
void *calloc(size_t count, size_t size);
void *calloc(size_t count, size_t size) {
  (void)count;
  (void)size;
  return NULL;
}
void free(void *memory);
void free(void *memory) { (void)memory; }
_Noreturn void __stack_chk_fail(void);
_Noreturn void __stack_chk_fail(void) { __builtin_trap(); }

/* Tracing hooks of libzstd, weak and unused; defined because a weak zero is out of reach from where we are linked. */
void ZSTD_trace_decompress_begin(void);
void ZSTD_trace_decompress_begin(void) {}
void ZSTD_trace_decompress_end(void);
void ZSTD_trace_decompress_end(void) {}
