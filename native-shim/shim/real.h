/* The functions that the shim wraps, as the next library in search order defines them. */
#ifndef INTERPOSE_REAL_H
#define INTERPOSE_REAL_H

#include <dlfcn.h>

/* Resolved on first use: a constructor of another library may call a wrapper before ours has run. */
#define REAL(name)                                                                                              \
  (*({                                                                                                          \
    static __typeof__(&name) real_##name;                                                                       \
    if (__builtin_expect(!real_##name, 0)) real_##name = (__typeof__(&name))(uintptr_t)dlsym(RTLD_NEXT, #name); \
    real_##name;                                                                                                \
  }))

#endif
