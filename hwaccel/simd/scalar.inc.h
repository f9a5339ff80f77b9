// The kernels in plain C for one type of sample. Included with VD_SAMPLE and VD_TYPED(name).

// Differences are written as largest less smallest, for which vectors have instructions.
static inline VD_SAMPLE VD_TYPED(larger)(VD_SAMPLE a, VD_SAMPLE b) { return a > b ? a : b; }

static inline VD_SAMPLE VD_TYPED(smaller)(VD_SAMPLE a, VD_SAMPLE b) { return a < b ? a : b; }

static inline VD_SAMPLE VD_TYPED(distance_of)(VD_SAMPLE a, VD_SAMPLE b)
{
	return (VD_SAMPLE)(VD_TYPED(larger)(a, b) - VD_TYPED(smaller)(a, b));
}

static inline VD_SAMPLE VD_TYPED(outside)(VD_SAMPLE m, VD_SAMPLE a, VD_SAMPLE b)
{
	VD_SAMPLE high = VD_TYPED(larger)(a, b), low = VD_TYPED(smaller)(a, b);
	return (VD_SAMPLE)(VD_TYPED(larger)(m, high) - high + low - VD_TYPED(smaller)(m, low));
}

// The loops below run over the n columns of a block from x on in row y: sixteen, known where they
// are inlined, so that compilers turn them into vector code; fewer only at the right edge.

static inline __attribute__((always_inline)) void VD_TYPED(level_block)(const vd_luma *in, int x, int y, int n, vd_block *b)
{
	const VD_SAMPLE *row = (const VD_SAMPLE *)in->row[y + 1] + x;
	uint32_t *restrict column_luma = in->column_luma + x, *restrict column_across = in->column_across + x;
	uint32_t sum = 0, square = 0, across_sum = 0, across_square = 0;
	for (int i = 0; i < n; i++) {
		uint32_t across = VD_TYPED(distance_of)(row[i], row[i - 1]);
		sum += row[i];
		square += (uint32_t)row[i] * row[i];
		across_sum += across;
		across_square += across * across;
		column_luma[i] += row[i];
		column_across[i] += across;
	}
	b->sum += sum;
	b->square += square;
	b->across += across_sum;
	b->left += VD_TYPED(distance_of)(row[0], row[-1]);
	b->second += n > 1 ? VD_TYPED(distance_of)(row[1], row[0]) : 0;
	b->beside += n > 7 ? VD_TYPED(distance_of)(row[7], row[6]) : 0;
	b->middle += n > 8 ? VD_TYPED(distance_of)(row[8], row[7]) : 0;
	b->beside += n > 9 ? VD_TYPED(distance_of)(row[9], row[8]) : 0;
	b->last += n > 15 ? VD_TYPED(distance_of)(row[15], row[14]) : 0;
	in->row_luma[y] += sum;
	in->totals->across_square += across_square;
}

static inline __attribute__((always_inline)) void VD_TYPED(line_block)(const vd_luma *in, int x, int y, int n, vd_block *b)
{
	const VD_SAMPLE *above = (const VD_SAMPLE *)in->row[y] + x, *row = (const VD_SAMPLE *)in->row[y + 1] + x;
	const VD_SAMPLE *below = (const VD_SAMPLE *)in->row[y + 2] + x;
	uint32_t down_sum = 0, square = 0, comb = 0;
	for (int i = 0; i < n; i++) {
		uint32_t down = VD_TYPED(distance_of)(row[i], above[i]);
		down_sum += down;
		square += down * down;
		comb += VD_TYPED(outside)(row[i], above[i], below[i]);
	}
	b->down += down_sum;
	b->comb += comb;
	b->top += y == 0 ? down_sum : 0;
	b->second_row += y == 1 ? down_sum : 0;
	b->middle_row += y == 8 ? down_sum : 0;
	b->last_row += y == 15 ? down_sum : 0;
	b->beside_row += y == 7 || y == 9 ? down_sum : 0;
	in->row_down[y] += down_sum;
	in->totals->down_square += square;
	in->totals->comb[(in->parity + y) & 1] += comb;
}

static inline __attribute__((always_inline)) void VD_TYPED(change_block)(const vd_luma *in, int x, int y, int n, vd_block *b)
{
	const VD_SAMPLE *above = (const VD_SAMPLE *)in->row[y] + x, *row = (const VD_SAMPLE *)in->row[y + 1] + x;
	const VD_SAMPLE *below = (const VD_SAMPLE *)in->row[y + 2] + x;
	const VD_SAMPLE *was = (const VD_SAMPLE *)in->previous[y] + x;
	const VD_SAMPLE threshold = (VD_SAMPLE)(VD_STEP_THRESHOLD << (in->depth - 8));
	uint32_t sum = 0, square = 0, rise = 0, brighter = 0, darker = 0, cross = 0;
	for (int i = 0; i < n; i++) {
		VD_SAMPLE up = (VD_SAMPLE)(VD_TYPED(larger)(row[i], was[i]) - was[i]);
		VD_SAMPLE fall = (VD_SAMPLE)(VD_TYPED(larger)(row[i], was[i]) - row[i]);
		uint32_t d = up | fall;
		sum += d;
		square += d * d;
		rise += up;
		brighter += up > threshold;
		darker += fall > threshold;
		cross += VD_TYPED(outside)(was[i], above[i], below[i]);
	}
	b->difference += sum;
	in->row_difference[y] += sum;
	in->totals->difference_square += square;
	in->totals->rise += rise;
	in->totals->brighter += brighter;
	in->totals->darker += darker;
	in->totals->cross_comb[(in->parity + y) & 1] += cross;
}

static inline __attribute__((always_inline)) void VD_TYPED(block)(const vd_luma *in, int x, int n)
{
	vd_block *b = &in->blocks[x / VD_STRIPE];
	memset(b, 0, sizeof *b);
	for (int y = 0; y < in->rows; y++) {
		VD_TYPED(level_block)(in, x, y, n, b);
		VD_TYPED(line_block)(in, x, y, n, b);
		if (in->previous[0])
			VD_TYPED(change_block)(in, x, y, n, b);
	}
}

static void VD_TYPED(luma)(const vd_luma *in)
{
	int x = 0;
	for (; x + VD_STRIPE <= in->width; x += VD_STRIPE)
		VD_TYPED(block)(in, x, VD_STRIPE);
	if (x < in->width)
		VD_TYPED(block)(in, x, in->width - x);
}

static inline __attribute__((always_inline)) void VD_TYPED(unit)(const vd_chroma *in, int x, int y, int n)
{
	const VD_SAMPLE *cb = (const VD_SAMPLE *)in->cb[y] + x, *cr = (const VD_SAMPLE *)in->cr[y] + x;
	const VD_SAMPLE *luma = (const VD_SAMPLE *)in->luma[y] + x;
	const int mid = 128 << (in->depth - 8), least = VD_RED_THRESHOLD << (in->depth - 8), black = in->black;
	uint32_t cb_sum = 0, cr_sum = 0, cb_square = 0, cr_square = 0, saturation = 0, red = 0;
	for (int i = 0; i < n; i++) {
		int u = cb[i] - mid, c = cr[i] - mid;
		cb_sum += cb[i];
		cr_sum += cr[i];
		cb_square += (uint32_t)cb[i] * cb[i];
		cr_square += (uint32_t)cr[i] * cr[i];
		saturation += (uint32_t)((u < 0 ? -u : u) + (c < 0 ? -c : c));
		red += (c >= least) & (2 * u <= c) & (luma[i] - black <= 2 * c);
	}
	in->units[x / 8].cb += cb_sum;
	in->units[x / 8].cr += cr_sum;
	in->totals->cb.square += cb_square;
	in->totals->cr.square += cr_square;
	in->totals->saturation += saturation;
	in->totals->red += red;
	if (!in->previous_cb[0])
		return;
	const VD_SAMPLE *was_cb = (const VD_SAMPLE *)in->previous_cb[y] + x;
	const VD_SAMPLE *was_cr = (const VD_SAMPLE *)in->previous_cr[y] + x;
	uint32_t cb_difference = 0, cr_difference = 0;
	for (int i = 0; i < n; i++) {
		cb_difference += VD_TYPED(distance_of)(cb[i], was_cb[i]);
		cr_difference += VD_TYPED(distance_of)(cr[i], was_cr[i]);
	}
	in->units[x / 8].difference += cb_difference + cr_difference;
	in->totals->cb.difference += cb_difference;
	in->totals->cr.difference += cr_difference;
}

static void VD_TYPED(chroma)(const vd_chroma *in)
{
	memset(in->units, 0, sizeof *in->units * (size_t)((in->width + 7) / 8));
	for (int y = 0; y < in->rows; y++) {
		int x = 0;
		for (; x + 8 <= in->width; x += 8)
			VD_TYPED(unit)(in, x, y, 8);
		if (x < in->width)
			VD_TYPED(unit)(in, x, y, in->width - x);
	}
}
