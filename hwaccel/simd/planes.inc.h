// Histograms. Eight rows of 64 samples are turned into eight planes of 512 bits, plane i holding
// bit i of every sample. The samples in a bin are those with all planes as the bin's number has
// them: one AND of a mask for the upper half of the bits and one for the lower, and a population
// count. Programmes are smooth, so most masks of the upper half are empty and their bins are passed
// over. The time hardly depends on the content, where that of counters in memory does.

// swap exchanges the bits of a under mask << shift with those of b under mask.
#define SWAP(a, b, shift, mask) do { \
	V t = _mm512_and_si512(_mm512_xor_si512(_mm512_srli_epi16(a, shift), b), mask); \
	b = _mm512_xor_si512(b, t); \
	a = _mm512_xor_si512(a, _mm512_slli_epi16(t, shift)); \
} while (0)

// planes transposes the bits of eight vectors: bit j of byte k in vector i becomes bit i of byte k
// in vector j.
INLINE void planes(V v[8])
{
	const V four = _mm512_set1_epi8(0x0f), two = _mm512_set1_epi8(0x33), one = _mm512_set1_epi8(0x55);
	for (int i = 0; i < 4; i++)
		SWAP(v[i], v[i + 4], 4, four);
	for (int i = 0; i < 8; i += 4) {
		SWAP(v[i], v[i + 2], 2, two);
		SWAP(v[i + 1], v[i + 3], 2, two);
	}
	for (int i = 0; i < 8; i += 2)
		SWAP(v[i], v[i + 1], 1, one);
}

// both sets out[0..3] to where the bits (high, low) are 00, 01, 10 and 11.
INLINE void both(V high, V low, V out[4])
{
	out[3] = _mm512_and_si512(high, low);
	out[2] = _mm512_andnot_si512(low, high);
	out[1] = _mm512_andnot_si512(high, low);
	out[0] = _mm512_andnot_si512(high, _mm512_andnot_si512(low, _mm512_set1_epi8(-1)));
}

// add_bins counts the samples under mask into one bin for each of n masks.
INLINE void add_bins(V mask, const V *masks, int n, V *bins)
{
	for (int i = 0; i < n; i++)
		bins[i] = ADD64(bins[i], _mm512_popcnt_epi64(_mm512_and_si512(mask, masks[i])));
}

INLINE void count_block256(V p[8], V *bins)
{
	V top[4], upper[4], lower[4], bottom[4], low[16];
	both(p[7], p[6], top);
	both(p[5], p[4], upper);
	both(p[3], p[2], lower);
	both(p[1], p[0], bottom);
	for (int i = 0; i < 16; i++)
		low[i] = _mm512_and_si512(lower[i / 4], bottom[i % 4]);
	for (int i = 0; i < 16; i++) {
		V high = _mm512_and_si512(top[i / 4], upper[i % 4]);
		if (_mm512_test_epi64_mask(high, high))
			add_bins(high, low, 16, bins + 16 * i);
	}
}

INLINE void count_block64(V p[8], V *bins)
{
	V top[4], bottom[4], low[8];
	both(p[7], p[6], top);
	both(p[3], p[2], bottom);
	for (int i = 0; i < 4; i++) {
		low[i] = _mm512_andnot_si512(p[4], bottom[i]);
		low[i + 4] = _mm512_and_si512(p[4], bottom[i]);
	}
	for (int i = 0; i < 8; i++) {
		V high = i % 2 ? _mm512_and_si512(top[i / 2], p[5]) : _mm512_andnot_si512(p[5], top[i / 2]);
		if (_mm512_test_epi64_mask(high, high))
			add_bins(high, low, 8, bins + 8 * i);
	}
}

// The word after the bins counts the zeros that were counted beyond the rows and below them.
INLINE void count_rows(const uint8_t *const *row, int rows, int width, uint32_t *memory,
	void (*block)(V p[8], V *bins))
{
	V *bins = (V *)memory;
	int blocks = (width + 63) / 64;
	for (int y = 0; y < rows; y += 8) {
		for (int x = 0; x < blocks * 64; x += 64) {
			V v[8];
			for (int i = 0; i < 8; i++)
				v[i] = y + i < rows ? LD(row[y + i] + x) : ZERO;
			planes(v);
			block(v, bins);
		}
	}
	uint64_t *beyond = (uint64_t *)(bins + 256);
	*beyond += (uint64_t)(blocks * 64) * (uint64_t)((rows + 7) / 8 * 8) - (uint64_t)width * (uint64_t)rows;
}

static void count_avx512(const uint8_t *const *row, int rows, int width, uint32_t *memory)
{
	count_rows(row, rows, width, memory, count_block256);
}

static void count64_avx512(const uint8_t *const *row, int rows, int width, uint32_t *memory)
{
	count_rows(row, rows, width, memory, count_block64);
}

INLINE void counted_of(const uint32_t *memory, int n, uint64_t *bins)
{
	const V *lanes = (const V *)memory;
	for (int i = 0; i < n; i++)
		bins[i] += hsum64(lanes[i]);
	bins[0] -= *(const uint64_t *)(lanes + 256);
}

static void counted_avx512(const uint32_t *memory, uint64_t bins[256]) { counted_of(memory, 256, bins); }

static void counted64_avx512(const uint32_t *memory, uint64_t bins[64]) { counted_of(memory, 64, bins); }
