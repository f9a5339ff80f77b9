// The kernels for AVX-512 with BW, VL, DQ, VNNI and VPOPCNTDQ. The names that are defined here are
// explained in luma.inc.h.
#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

#include "kernels.h"
#include "target.h"
#if defined(__clang__)
VD_TARGET_BEGIN("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx512vpopcntdq")
#else // which otherwise makes vectors of 256 bits out of plain loops
VD_TARGET_BEGIN("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx512vpopcntdq,prefer-vector-width=512")
#endif

#define VD_NAME(name) name##_avx512
#define VD_OWN_ADD4
#define VD_OWN_SOBEL
#define VD_IN_PLACE 1
#include "rows.inc.h"

typedef __m512i V;

// AHEAD asks for a line of memory that will soon be copied; any address will do.
#define AHEAD(at) _mm_prefetch((const char *)(at), _MM_HINT_T1)

#define INLINE static inline __attribute__((always_inline))

#define LD(p) _mm512_loadu_si512((const void *)(p))
#define ZERO _mm512_setzero_si512()
#define OR _mm512_or_si512
#define ADD32 _mm512_add_epi32
#define ADD64 _mm512_add_epi64

// add_to adds thirty-two 16-bit sums to 32-bit ones.
INLINE void add_to(V sums, uint32_t *at)
{
	V low = _mm512_cvtepu16_epi32(_mm512_castsi512_si256(sums));
	V high = _mm512_cvtepu16_epi32(_mm512_extracti64x4_epi64(sums, 1));
	_mm512_storeu_si512(at, ADD32(LD(at), low));
	_mm512_storeu_si512(at + 16, ADD32(LD(at + 16), high));
}

// quads stores for each 128 bits the sums of the four lanes of a, b, c and d.
INLINE void quads(V a, V b, V c, V d, void *out)
{
	V ab = ADD32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
	V cd = ADD32(_mm512_unpacklo_epi32(c, d), _mm512_unpackhi_epi32(c, d));
	V sums = ADD32(_mm512_unpacklo_epi64(ab, cd), _mm512_unpackhi_epi64(ab, cd));
	_mm512_storeu_si512(out, sums);
}

INLINE uint64_t hsum64(V v) { return (uint64_t)_mm512_reduce_add_epi64(v); }

INLINE V widen(V v)
{
	return ADD64(_mm512_cvtepi32_epi64(_mm512_castsi512_si256(v)),
		_mm512_cvtepi32_epi64(_mm512_extracti64x4_epi64(v, 1)));
}

// hsum32 adds up the 32-bit lanes, none of which is negative.
INLINE uint64_t hsum32(V v)
{
	return hsum64(ADD64(_mm512_srli_epi64(v, 32), _mm512_and_si512(v, _mm512_set1_epi64(0xffffffff))));
}

// before returns the 128 bits before each 128 bits of v; those before the first are of first.
INLINE V before(V v, V first) { return _mm512_alignr_epi64(v, first, 6); }

#define WIDEN widen
#define HSUM32 hsum32
#define HSUM64 hsum64
#define QUADS quads

// Samples of 8 bits. Squares come from v * (v - 128), which VNNI sums in one instruction.

INLINE V squares8(V s, V v) { return _mm512_dpbusd_epi32(s, v, _mm512_xor_si512(v, _mm512_set1_epi8(-128))); }

// columns8 holds sums of columns: low those of the first eight of each sixteen, high the others.
typedef struct {
	V low, high;
} columns8;

INLINE columns8 columns8_add(columns8 c, V v)
{
	return (columns8){
		_mm512_add_epi16(c.low, _mm512_unpacklo_epi8(v, ZERO)),
		_mm512_add_epi16(c.high, _mm512_unpackhi_epi8(v, ZERO)),
	};
}

INLINE void columns8_flush(columns8 c, uint32_t *at)
{
	const V first = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11);
	const V second = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
	add_to(_mm512_permutex2var_epi64(c.low, first, c.high), at);
	add_to(_mm512_permutex2var_epi64(c.low, second, c.high), at + 32);
}

INLINE void columns8_store(columns8 c, uint16_t *out)
{
	const V first = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11);
	const V second = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
	_mm512_storeu_si512(out, _mm512_permutex2var_epi64(c.low, first, c.high));
	_mm512_storeu_si512(out + 32, _mm512_permutex2var_epi64(c.low, second, c.high));
}

INLINE void eights8(V a, V b, V c, vd_chroma_unit *out)
{
	const V first = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11);
	const V second = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
	V ab = OR(a, _mm512_slli_epi64(b, 32));
	V even = _mm512_unpacklo_epi64(ab, c), odd = _mm512_unpackhi_epi64(ab, c);
	_mm512_storeu_si512(out, _mm512_permutex2var_epi64(even, first, odd));
	_mm512_storeu_si512(out + 4, _mm512_permutex2var_epi64(even, second, odd));
}

#define VD_SAMPLE uint8_t
#define VD_TYPED(name) name##8_avx512
#define VN 64
#define VD_UNITS 4
#define UNIT 16
#define BIAS 128u
#define SPLAT(i) _mm512_set1_epi8((char)(i))
#define SUBS _mm512_subs_epu8
#define ADDV _mm512_add_epi8
#define MAXV _mm512_max_epu8
#define MINV _mm512_min_epu8
#define DIST(a, b) OR(SUBS(a, b), SUBS(b, a))
#define SUM(v) _mm512_sad_epu8(v, ZERO)
#define LEFT(v) _mm512_alignr_epi8(v, before(v, _mm512_broadcastb_epi8(_mm512_castsi512_si128(v))), 15)
#define SQUARES squares8
#define THRESHOLD(depth) SPLAT(VD_STEP_THRESHOLD)
#define ABOVE(n, v) _mm512_mask_sub_epi8(n, _mm512_cmpgt_epu8_mask(v, threshold), n, SPLAT(-1))
#define NONE(n, v) _mm512_mask_sub_epi8(n, _mm512_testn_epi8_mask(v, v), n, SPLAT(-1))
#define COUNTED(n) SUM(n)
#define COLS columns8
#define COLS_ZERO { ZERO, ZERO }
#define COLS_ADD(c, v) c = columns8_add(c, v)
#define COLS_SUM(c) _mm512_madd_epi16(_mm512_add_epi16((c).low, (c).high), _mm512_set1_epi16(1))
#define COLS_FLUSH columns8_flush
#define COLS_STORE columns8_store
#define EIGHTS eights8
#include "luma.inc.h"
#include "chroma.inc.h"
#include "undefine.inc.h"

// Samples of 16 bits, of which 12 are used at most: sums of sixteen fit in 16.

INLINE V columns16_sum(V c)
{
	return ADD32(_mm512_srli_epi32(c, 16), _mm512_and_si512(c, _mm512_set1_epi32(0xffff)));
}

#define VD_SAMPLE uint16_t
#define VD_TYPED(name) name##16_avx512
#define VN 32
#define VD_UNITS 4
#define UNIT 8
#define BIAS 0u
#define SPLAT(i) _mm512_set1_epi16((short)(i))
#define SUBS _mm512_subs_epu16
#define ADDV _mm512_add_epi16
#define MAXV _mm512_max_epu16
#define MINV _mm512_min_epu16
#define DIST(a, b) OR(SUBS(a, b), SUBS(b, a))
#define SUM(v) _mm512_madd_epi16(v, SPLAT(1))
#define LEFT(v) _mm512_alignr_epi8(v, before(v, _mm512_broadcastw_epi16(_mm512_castsi512_si128(v))), 14)
#define SQUARES(s, v) _mm512_dpwssd_epi32(s, v, v)
#define THRESHOLD(depth) SPLAT(VD_STEP_THRESHOLD << ((depth) - 8))
#define ABOVE(n, v) _mm512_mask_sub_epi16(n, _mm512_cmpgt_epu16_mask(v, threshold), n, SPLAT(-1))
#define NONE(n, v) _mm512_mask_sub_epi16(n, _mm512_testn_epi16_mask(v, v), n, SPLAT(-1))
#define COUNTED(n) SUM(n)
#define COLS V
#define COLS_ZERO ZERO
#define COLS_ADD(c, v) c = _mm512_add_epi16(c, v)
#define COLS_SUM columns16_sum
#define COLS_FLUSH add_to
#define COLS_STORE(c, out) _mm512_storeu_si512(out, c)
#define EIGHTS(a, b, c, out) QUADS(a, b, c, ZERO, out)
#include "luma.inc.h"
#include "chroma.inc.h"
#include "undefine.inc.h"

// roots_avx512 adds the roots of four times the squares gx*gx + gy*gy, rounded down.
INLINE V roots_avx512(V roots, V squares)
{
	return ADD32(roots, _mm512_cvttps_epi32(_mm512_sqrt_ps(_mm512_cvtepi32_ps(_mm512_slli_epi32(squares, 2)))));
}

// words_avx512 loads 32 bytes as 16-bit words.
INLINE V words_avx512(const uint8_t *at) { return _mm512_cvtepu8_epi16(_mm256_loadu_si256((const __m256i *)at)); }

static void sobel_avx512(const uint8_t *above, const uint8_t *row, const uint8_t *below, int width,
	uint64_t *sum, uint64_t *square)
{
	V roots = ZERO, squares = ZERO;
	int x = 1;
	for (; x + 32 < width; x += 32) {
		V nw = words_avx512(above + x - 1), ne = words_avx512(above + x + 1);
		V sw = words_avx512(below + x - 1), se = words_avx512(below + x + 1);
		V gx = _mm512_add_epi16(_mm512_sub_epi16(ne, nw), _mm512_sub_epi16(se, sw));
		V across = _mm512_sub_epi16(words_avx512(row + x + 1), words_avx512(row + x - 1));
		V gy = _mm512_add_epi16(_mm512_sub_epi16(sw, nw), _mm512_sub_epi16(se, ne));
		V down = _mm512_sub_epi16(words_avx512(below + x), words_avx512(above + x));
		gx = _mm512_add_epi16(gx, _mm512_add_epi16(across, across));
		gy = _mm512_add_epi16(gy, _mm512_add_epi16(down, down));
		V low = _mm512_unpacklo_epi16(gx, gy), high = _mm512_unpackhi_epi16(gx, gy);
		low = _mm512_madd_epi16(low, low);
		high = _mm512_madd_epi16(high, high);
		squares = ADD32(squares, ADD32(low, high));
		roots = roots_avx512(roots_avx512(roots, low), high);
	}
	*sum += hsum32(roots);
	*square += hsum32(squares);
	sobel_from_avx512(above, row, below, x, width, sum, square);
}

// add4_avx512 takes sixteen sums at a time, over all rows. Those beyond the last one are of zeros.
static void add4_avx512(const uint8_t *const *row, int rows, int width, uint32_t *sums)
{
	for (int x = 0; x < width; x += 16) {
		V s = LD(sums + x);
		for (int y = 0; y < rows; y++)
			s = _mm512_dpbusd_epi32(s, LD(row[y] + 4 * x), _mm512_set1_epi8(1));
		_mm512_storeu_si512(sums + x, s);
	}
}

#include "planes.inc.h"
#include "table.inc.h"

VD_TARGET_END
#endif
