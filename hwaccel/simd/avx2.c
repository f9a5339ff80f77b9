// The kernels for AVX2. The names that are defined here are explained in luma.inc.h.
#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

#include "kernels.h"
#include "target.h"
VD_TARGET_BEGIN("avx2")

#define VD_NAME(name) name##_avx2
#define VD_OWN_ADD4
#define VD_OWN_SOBEL
#define VD_IN_PLACE 1
#include "rows.inc.h"
#include "count.inc.h"

typedef __m256i V;

// AHEAD asks for a line of memory that will soon be copied; any address will do.
#define AHEAD(at) _mm_prefetch((const char *)(at), _MM_HINT_T1)

#define INLINE static inline __attribute__((always_inline))

#define LD(p) _mm256_loadu_si256((const __m256i *)(p))
#define ZERO _mm256_setzero_si256()
#define OR _mm256_or_si256
#define ADD32 _mm256_add_epi32
#define ADD64 _mm256_add_epi64

// add_to adds sixteen 16-bit sums to 32-bit ones.
INLINE void add_to(V sums, uint32_t *at)
{
	V low = _mm256_cvtepu16_epi32(_mm256_castsi256_si128(sums));
	V high = _mm256_cvtepu16_epi32(_mm256_extracti128_si256(sums, 1));
	_mm256_storeu_si256((V *)at, ADD32(LD(at), low));
	_mm256_storeu_si256((V *)(at + 8), ADD32(LD(at + 8), high));
}

// quads stores for each 128 bits the sums of the four lanes of a, b, c and d.
INLINE void quads(V a, V b, V c, V d, void *out)
{
	V ab = ADD32(_mm256_unpacklo_epi32(a, b), _mm256_unpackhi_epi32(a, b));
	V cd = ADD32(_mm256_unpacklo_epi32(c, d), _mm256_unpackhi_epi32(c, d));
	V sums = ADD32(_mm256_unpacklo_epi64(ab, cd), _mm256_unpackhi_epi64(ab, cd));
	_mm256_storeu_si256((V *)out, sums);
}

INLINE uint64_t hsum64(V v)
{
	uint64_t lane[4];
	_mm256_storeu_si256((V *)lane, v);
	return lane[0] + lane[1] + lane[2] + lane[3];
}

INLINE V widen(V v)
{
	return ADD64(_mm256_cvtepi32_epi64(_mm256_castsi256_si128(v)),
		_mm256_cvtepi32_epi64(_mm256_extracti128_si256(v, 1)));
}

// hsum32 adds up the 32-bit lanes, none of which is negative.
INLINE uint64_t hsum32(V v)
{
	return hsum64(ADD64(_mm256_srli_epi64(v, 32), _mm256_and_si256(v, _mm256_set1_epi64x(0xffffffff))));
}

// before returns the 128 bits before each 128 bits of v; those before the first are of first.
INLINE V before(V v, V first) { return _mm256_permute2x128_si256(first, v, 0x20); }

#define WIDEN widen
#define HSUM32 hsum32
#define HSUM64 hsum64
#define QUADS quads

// Samples of 8 bits.

INLINE V squares8(V s, V v)
{
	V low = _mm256_unpacklo_epi8(v, ZERO), high = _mm256_unpackhi_epi8(v, ZERO);
	return ADD32(s, ADD32(_mm256_madd_epi16(low, low), _mm256_madd_epi16(high, high)));
}

// columns8 holds sums of columns: low those of the first eight of each sixteen, high the others.
typedef struct {
	V low, high;
} columns8;

INLINE columns8 columns8_add(columns8 c, V v)
{
	return (columns8){
		_mm256_add_epi16(c.low, _mm256_unpacklo_epi8(v, ZERO)),
		_mm256_add_epi16(c.high, _mm256_unpackhi_epi8(v, ZERO)),
	};
}

INLINE void columns8_flush(columns8 c, uint32_t *at)
{
	add_to(_mm256_permute2x128_si256(c.low, c.high, 0x20), at);
	add_to(_mm256_permute2x128_si256(c.low, c.high, 0x31), at + 16);
}

INLINE void columns8_store(columns8 c, uint16_t *out)
{
	_mm256_storeu_si256((V *)out, _mm256_permute2x128_si256(c.low, c.high, 0x20));
	_mm256_storeu_si256((V *)(out + 16), _mm256_permute2x128_si256(c.low, c.high, 0x31));
}

INLINE void eights8(V a, V b, V c, vd_chroma_unit *out)
{
	V ab = OR(a, _mm256_slli_epi64(b, 32));
	V even = _mm256_unpacklo_epi64(ab, c), odd = _mm256_unpackhi_epi64(ab, c);
	_mm256_storeu_si256((V *)out, _mm256_permute2x128_si256(even, odd, 0x20));
	_mm256_storeu_si256((V *)(out + 2), _mm256_permute2x128_si256(even, odd, 0x31));
}

#define VD_SAMPLE uint8_t
#define VD_TYPED(name) name##8_avx2
#define VN 32
#define VD_UNITS 2
#define UNIT 16
#define BIAS 0u
#define SPLAT(i) _mm256_set1_epi8((char)(i))
#define SUBS _mm256_subs_epu8
#define ADDV _mm256_add_epi8
#define MAXV _mm256_max_epu8
#define MINV _mm256_min_epu8
#define DIST(a, b) OR(SUBS(a, b), SUBS(b, a))
#define SUM(v) _mm256_sad_epu8(v, ZERO)
#define LEFT(v) _mm256_alignr_epi8(v, before(v, _mm256_broadcastb_epi8(_mm256_castsi256_si128(v))), 15)
#define SQUARES squares8
#define THRESHOLD(depth) SPLAT(VD_STEP_THRESHOLD)
#define ABOVE(n, v) _mm256_add_epi8(n, MINV(SUBS(v, threshold), SPLAT(1)))
#define NONE(n, v) _mm256_sub_epi8(n, _mm256_cmpeq_epi8(v, ZERO))
#define COUNTED(n) SUM(n)
#define COLS columns8
#define COLS_ZERO { ZERO, ZERO }
#define COLS_ADD(c, v) c = columns8_add(c, v)
#define COLS_SUM(c) _mm256_madd_epi16(_mm256_add_epi16((c).low, (c).high), _mm256_set1_epi16(1))
#define COLS_FLUSH columns8_flush
#define COLS_STORE columns8_store
#define EIGHTS eights8
#include "luma.inc.h"
#include "chroma.inc.h"
#include "undefine.inc.h"

// Samples of 16 bits, of which 12 are used at most: sums of sixteen fit in 16.

INLINE V columns16_sum(V c)
{
	return ADD32(_mm256_srli_epi32(c, 16), _mm256_and_si256(c, _mm256_set1_epi32(0xffff)));
}

#define VD_SAMPLE uint16_t
#define VD_TYPED(name) name##16_avx2
#define VN 16
#define VD_UNITS 2
#define UNIT 8
#define BIAS 0u
#define SPLAT(i) _mm256_set1_epi16((short)(i))
#define SUBS _mm256_subs_epu16
#define ADDV _mm256_add_epi16
#define MAXV _mm256_max_epu16
#define MINV _mm256_min_epu16
#define DIST(a, b) OR(SUBS(a, b), SUBS(b, a))
#define SUM(v) _mm256_madd_epi16(v, SPLAT(1))
#define LEFT(v) _mm256_alignr_epi8(v, before(v, _mm256_broadcastw_epi16(_mm256_castsi256_si128(v))), 14)
#define SQUARES(s, v) ADD32(s, _mm256_madd_epi16(v, v))
#define THRESHOLD(depth) SPLAT(VD_STEP_THRESHOLD << ((depth) - 8))
#define ABOVE(n, v) _mm256_add_epi16(n, MINV(SUBS(v, threshold), SPLAT(1)))
#define NONE(n, v) _mm256_sub_epi16(n, _mm256_cmpeq_epi16(v, ZERO))
#define COUNTED(n) SUM(n)
#define COLS V
#define COLS_ZERO ZERO
#define COLS_ADD(c, v) c = _mm256_add_epi16(c, v)
#define COLS_SUM columns16_sum
#define COLS_FLUSH add_to
#define COLS_STORE(c, out) _mm256_storeu_si256((V *)(out), c)
#define EIGHTS(a, b, c, out) QUADS(a, b, c, ZERO, out)
#include "luma.inc.h"
#include "chroma.inc.h"
#include "undefine.inc.h"

// roots_avx2 adds the roots of four times the squares gx*gx + gy*gy, rounded down.
INLINE V roots_avx2(V roots, V squares)
{
	return ADD32(roots, _mm256_cvttps_epi32(_mm256_sqrt_ps(_mm256_cvtepi32_ps(_mm256_slli_epi32(squares, 2)))));
}

// words_avx2 loads 16 bytes as 16-bit words.
INLINE V words_avx2(const uint8_t *at) { return _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)at)); }

static void sobel_avx2(const uint8_t *above, const uint8_t *row, const uint8_t *below, int width,
	uint64_t *sum, uint64_t *square)
{
	V roots = ZERO, squares = ZERO;
	int x = 1;
	for (; x + 16 < width; x += 16) {
		V nw = words_avx2(above + x - 1), ne = words_avx2(above + x + 1);
		V sw = words_avx2(below + x - 1), se = words_avx2(below + x + 1);
		V gx = _mm256_add_epi16(_mm256_sub_epi16(ne, nw), _mm256_sub_epi16(se, sw));
		V across = _mm256_sub_epi16(words_avx2(row + x + 1), words_avx2(row + x - 1));
		V gy = _mm256_add_epi16(_mm256_sub_epi16(sw, nw), _mm256_sub_epi16(se, ne));
		V down = _mm256_sub_epi16(words_avx2(below + x), words_avx2(above + x));
		gx = _mm256_add_epi16(gx, _mm256_add_epi16(across, across));
		gy = _mm256_add_epi16(gy, _mm256_add_epi16(down, down));
		V low = _mm256_unpacklo_epi16(gx, gy), high = _mm256_unpackhi_epi16(gx, gy);
		low = _mm256_madd_epi16(low, low);
		high = _mm256_madd_epi16(high, high);
		squares = ADD32(squares, ADD32(low, high));
		roots = roots_avx2(roots_avx2(roots, low), high);
	}
	*sum += hsum32(roots);
	*square += hsum32(squares);
	sobel_from_avx2(above, row, below, x, width, sum, square);
}

// add4_avx2 takes eight sums at a time, over all rows. Those beyond the last one are of zeros.
static void add4_avx2(const uint8_t *const *row, int rows, int width, uint32_t *sums)
{
	for (int x = 0; x < width; x += 8) {
		V s = LD(sums + x);
		for (int y = 0; y < rows; y++) {
			V pairs = _mm256_maddubs_epi16(LD(row[y] + 4 * x), _mm256_set1_epi8(1));
			s = ADD32(s, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
		}
		_mm256_storeu_si256((V *)(sums + x), s);
	}
}

#include "table.inc.h"

VD_TARGET_END
#endif
