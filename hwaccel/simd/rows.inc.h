// Work on single rows in plain loops that compilers turn into vector code. This file is included
// once for each level, after the target was chosen; VD_NAME gives the functions their names.

// Four times the square of a magnitude is below 2^24, where a 32-bit float holds every integer and
// the rounding of its root never reaches the next integer: so cutting the root is exact.
static void VD_NAME(sobel_from)(const uint8_t *restrict above, const uint8_t *restrict row,
	const uint8_t *restrict below, int x, int width, uint64_t *sum, uint64_t *square)
{
	uint64_t squares = 0;
	uint32_t roots = 0;
	for (; x < width - 1; x++) {
		int left = above[x - 1] + 2 * row[x - 1] + below[x - 1];
		int right = above[x + 1] + 2 * row[x + 1] + below[x + 1];
		int over = above[x - 1] + 2 * above[x] + above[x + 1];
		int under = below[x - 1] + 2 * below[x] + below[x + 1];
		uint32_t n = (uint32_t)((right - left) * (right - left) + (under - over) * (under - over));
		squares += n;
		roots += (uint32_t)(int)__builtin_sqrtf((float)(int)(4 * n));
	}
	*sum += roots;
	*square += squares;
}

#ifndef VD_OWN_SOBEL
static void VD_NAME(sobel)(const uint8_t *above, const uint8_t *row, const uint8_t *below, int width,
	uint64_t *sum, uint64_t *square)
{
	VD_NAME(sobel_from)(above, row, below, 1, width, sum, square);
}
#endif

static void VD_NAME(narrow)(const uint16_t *restrict row, int width, int shift, uint8_t *restrict out)
{
	for (int x = 0; x < width; x++)
		out[x] = (uint8_t)(row[x] >> shift);
}

static uint32_t VD_NAME(range)(const uint16_t *restrict row, int width, uint16_t limit,
	uint16_t *restrict low, uint16_t *restrict high)
{
	uint16_t l = *low, h = *high;
	uint32_t above = 0;
	for (int x = 0; x < width; x++) {
		l = row[x] < l ? row[x] : l;
		h = row[x] > h ? row[x] : h;
		above += row[x] > limit;
	}
	*low = l;
	*high = h;
	return above;
}

static uint64_t VD_NAME(distance8)(const void *va, const void *vb, int width)
{
	const uint8_t *a = va, *b = vb;
	uint32_t sum = 0;
	for (int x = 0; x < width; x++)
		sum += (uint32_t)(a[x] > b[x] ? a[x] - b[x] : b[x] - a[x]);
	return sum;
}

static uint64_t VD_NAME(distance16)(const void *va, const void *vb, int width)
{
	const uint16_t *a = va, *b = vb;
	uint32_t sum = 0;
	for (int x = 0; x < width; x++)
		sum += (uint32_t)(a[x] > b[x] ? a[x] - b[x] : b[x] - a[x]);
	return sum;
}

static void VD_NAME(even8)(const void *vrow, int width, void *vout)
{
	const uint8_t *restrict row = vrow;
	uint8_t *restrict out = vout;
	for (int x = 0; x < width; x++)
		out[x] = row[2 * x];
}

static void VD_NAME(even16)(const void *vrow, int width, void *vout)
{
	const uint16_t *restrict row = vrow;
	uint16_t *restrict out = vout;
	for (int x = 0; x < width; x++)
		out[x] = row[2 * x];
}

static void VD_NAME(add8)(const uint8_t *const *row, int rows, int width, uint32_t *restrict sums)
{
	int y = 0;
	for (; y + 4 <= rows; y += 4) {
		const uint8_t *restrict a = row[y], *restrict b = row[y + 1];
		const uint8_t *restrict c = row[y + 2], *restrict d = row[y + 3];
		for (int x = 0; x < width; x++)
			sums[x] += (uint16_t)(a[x] + b[x] + c[x] + d[x]);
	}
	for (; y < rows; y++)
		for (int x = 0; x < width; x++)
			sums[x] += row[y][x];
}

static void VD_NAME(add16)(const uint8_t *const *row, int rows, int width, uint32_t *restrict sums)
{
	int y = 0;
	for (; y + 4 <= rows; y += 4) {
		const uint16_t *restrict a = (const uint16_t *)row[y], *restrict b = (const uint16_t *)row[y + 1];
		const uint16_t *restrict c = (const uint16_t *)row[y + 2], *restrict d = (const uint16_t *)row[y + 3];
		for (int x = 0; x < width; x++)
			sums[x] += (uint16_t)(a[x] + b[x] + c[x] + d[x]);
	}
	for (; y < rows; y++) {
		const uint16_t *restrict a = (const uint16_t *)row[y];
		for (int x = 0; x < width; x++)
			sums[x] += a[x];
	}
}

#ifndef VD_OWN_ADD4
static void VD_NAME(add4)(const uint8_t *const *row, int rows, int width, uint32_t *restrict sums)
{
	for (int y = 0; y < rows; y++) {
		const uint8_t *restrict a = row[y];
		for (int x = 0; x < width; x++)
			sums[x] += (uint32_t)(a[4 * x] + a[4 * x + 1] + a[4 * x + 2] + a[4 * x + 3]);
	}
}
#endif

static void VD_NAME(halve)(const uint32_t *restrict sums, int width, uint32_t *restrict out)
{
	for (int x = 0; x < width; x++)
		out[x] = sums[2 * x] + sums[2 * x + 1];
}

static void VD_NAME(mean)(const uint32_t *restrict sums, int width, uint32_t n, uint8_t *restrict out)
{
	if (n & (n - 1)) { // only at the lower edge, or the right one
		for (int x = 0; x < width; x++) {
			uint32_t v = (sums[x] + n / 2) / n;
			out[x] = (uint8_t)(v > 255 ? 255 : v);
		}
		return;
	}
	int shift = __builtin_ctz(n);
	for (int x = 0; x < width; x++) {
		uint32_t v = (sums[x] + n / 2) >> shift;
		out[x] = (uint8_t)(v > 255 ? 255 : v);
	}
}

// Words are read byte by byte where they may lie at any address; compilers make one load of it.
static inline uint16_t VD_NAME(word)(const uint8_t *at)
{
	return (uint16_t)(at[0] | at[1] << 8);
}

static void VD_NAME(take)(const uint8_t *restrict row, int width, int shift, int mask,
	uint16_t *restrict out)
{
	for (int x = 0; x < width; x++)
		out[x] = (uint16_t)(VD_NAME(word)(row + 2 * x) >> shift & mask);
}

static void VD_NAME(part8)(const uint8_t *restrict row, int width,
	uint8_t *restrict first, uint8_t *restrict second)
{
	for (int x = 0; x < width; x++) {
		first[x] = row[2 * x];
		second[x] = row[2 * x + 1];
	}
}

static void VD_NAME(part16)(const uint8_t *restrict row, int width, int shift, int mask,
	uint16_t *restrict first, uint16_t *restrict second)
{
	for (int x = 0; x < width; x++) {
		first[x] = (uint16_t)(VD_NAME(word)(row + 4 * x) >> shift & mask);
		second[x] = (uint16_t)(VD_NAME(word)(row + 4 * x + 2) >> shift & mask);
	}
}

// line_up lays the samples of a v210 row one after another: three to a word, from its low bits up.
static void VD_NAME(line_up)(const uint8_t *restrict row, int words, uint16_t *restrict out)
{
	for (int i = 0; i < words; i++) {
		uint32_t w = (uint32_t)VD_NAME(word)(row + 4 * i) | (uint32_t)VD_NAME(word)(row + 4 * i + 2) << 16;
		out[3 * i] = w & 1023;
		out[3 * i + 1] = w >> 10 & 1023;
		out[3 * i + 2] = w >> 20 & 1023;
	}
}
