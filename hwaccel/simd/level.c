#include "meter.h"

int vd_level(void)
{
#if defined(__x86_64__)
	__builtin_cpu_init();
	if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
		__builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
		__builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512vpopcntdq"))
		return VD_AVX512;
	if (__builtin_cpu_supports("avx2"))
		return VD_AVX2;
#endif
	return VD_PORTABLE;
}
