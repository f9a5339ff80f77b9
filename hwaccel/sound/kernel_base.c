// The loops for any machine: four floats at a time, which every 64-bit processor has registers for.
#define LANES 4
#define KERNELS sound_kernels_base
#include "kernel_body.h"

const sound_kernels *sound_pick(void)
{
#if defined(__x86_64__)
	if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
		return &sound_kernels_avx2;
#endif
	return &sound_kernels_base;
}
