// The loops for x86 with AVX2 and FMA: eight floats at a time.
#if defined(__x86_64__)
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC target("avx2,fma")
#endif
#define LANES 8
#define KERNELS sound_kernels_avx2
#include "kernel_body.h"
#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
