/* The functions that the shim wraps, as the next library in search order defines them. */
#ifndef INTERPOSE_REAL_H
#define INTERPOSE_REAL_H

#include "shim.h"

/* Resolved on first use: a constructor of another library may call a wrapper before ours has run. */
#define REAL(name)                                                                                          \
  (*({                                                                                                      \
    static __typeof__(&name) real_##name;                                                                   \
    if (__builtin_expect(!real_##name, 0)) real_##name = (__typeof__(&name))(uintptr_t)ip_find_real(#name); \
    real_##name;                                                                                            \
  }))

#endif
