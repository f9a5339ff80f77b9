// The kernels in plain C for one type of sample. Included with VD_SAMPLE and VD_TYPED(name).

static inline uint32_t VD_TYPED(distance_of)(VD_SAMPLE a, VD_SAMPLE b)
{
	return (uint32_t)(a > b ? a - b : b - a);
}

static inline uint32_t VD_TYPED(outside)(VD_SAMPLE m, VD_SAMPLE a, VD_SAMPLE b)
{
	VD_SAMPLE high = a > b ? a : b, low = a > b ? b : a;
	return (uint32_t)(m > high ? m - high : m < low ? low - m : 0);
}

// luma_row counts one row against its neighbours, in the block of its 16 columns.
static void VD_TYPED(luma_row)(const vd_luma *in, int y)
{
	const VD_SAMPLE *above = in->row[y], *row = in->row[y + 1], *below = in->row[y + 2];
	vd_totals *t = in->totals;
	uint64_t across_square = 0, down_square = 0, comb = 0;
	uint32_t luma = 0, down_sum = 0;
	for (int x = 0; x < in->width; x++) {
		vd_block *b = &in->blocks[x / VD_STRIPE];
		uint32_t v = row[x];
		uint32_t across = VD_TYPED(distance_of)(row[x], row[x - 1]);
		uint32_t down = VD_TYPED(distance_of)(row[x], above[x]);
		uint32_t out = VD_TYPED(outside)(row[x], above[x], below[x]);
		luma += v;
		down_sum += down;
		across_square += (uint64_t)across * across;
		down_square += (uint64_t)down * down;
		comb += out;
		in->column_luma[x] += v;
		in->column_across[x] += across;
		b->sum += v;
		b->square += (uint64_t)v * v;
		b->across += across;
		b->down += down;
		b->comb += out;
		if (x % VD_STRIPE == 0)
			b->left += across;
		if (y == 0)
			b->top += down;
	}
	in->row_luma[y] = luma;
	in->row_down[y] = down_sum;
	t->across_square += across_square;
	t->down_square += down_square;
	t->comb[(in->parity + y) & 1] += comb;
}

// change_row counts one row against the same row of the previous picture.
static void VD_TYPED(change_row)(const vd_luma *in, int y)
{
	const VD_SAMPLE *above = in->row[y], *row = in->row[y + 1], *below = in->row[y + 2];
	const VD_SAMPLE *was = in->previous[y];
	const uint32_t threshold = 10u << (in->depth - 8);
	vd_totals *t = in->totals;
	uint64_t square = 0, rise = 0, cross = 0;
	uint32_t sum = 0, brighter = 0, darker = 0;
	for (int x = 0; x < in->width; x++) {
		uint32_t d = VD_TYPED(distance_of)(row[x], was[x]);
		sum += d;
		square += (uint64_t)d * d;
		in->blocks[x / VD_STRIPE].difference += d;
		rise += row[x] > was[x] ? d : 0;
		brighter += d > threshold && row[x] > was[x];
		darker += d > threshold && row[x] < was[x];
		cross += VD_TYPED(outside)(was[x], above[x], below[x]);
	}
	in->row_difference[y] = sum;
	t->difference_square += square;
	t->rise += rise;
	t->brighter += brighter;
	t->darker += darker;
	t->cross_comb[(in->parity + y) & 1] += cross;
}

static void VD_TYPED(luma)(const vd_luma *in)
{
	memset(in->blocks, 0, sizeof *in->blocks * (size_t)((in->width + VD_STRIPE - 1) / VD_STRIPE));
	for (int y = 0; y < in->rows; y++) {
		VD_TYPED(luma_row)(in, y);
		if (in->previous[0])
			VD_TYPED(change_row)(in, y);
	}
}

static void VD_TYPED(chroma)(const vd_chroma *in)
{
	vd_totals *t = in->totals;
	const int mid = 128 << (in->depth - 8), least = 24 << (in->depth - 8);
	memset(in->units, 0, sizeof *in->units * (size_t)((in->width + 7) / 8));
	for (int y = 0; y < in->rows; y++) {
		const VD_SAMPLE *cb = in->cb[y], *cr = in->cr[y], *luma = in->luma[y];
		for (int x = 0; x < in->width; x++) {
			vd_chroma_unit *unit = &in->units[x / 8];
			int u = cb[x] - mid, c = cr[x] - mid;
			unit->cb += cb[x];
			unit->cr += cr[x];
			t->cb.square += (uint64_t)cb[x] * cb[x];
			t->cr.square += (uint64_t)cr[x] * cr[x];
			t->saturation += (uint64_t)((u < 0 ? -u : u) + (c < 0 ? -c : c));
			t->red += c >= least && 2 * u <= c && luma[x] - in->black <= 2 * c;
		}
		if (!in->previous_cb[0])
			continue;
		const VD_SAMPLE *was_cb = in->previous_cb[y], *was_cr = in->previous_cr[y];
		for (int x = 0; x < in->width; x++) {
			uint32_t db = VD_TYPED(distance_of)(cb[x], was_cb[x]);
			uint32_t dr = VD_TYPED(distance_of)(cr[x], was_cr[x]);
			t->cb.difference += db;
			t->cr.difference += dr;
			in->units[x / 8].difference += db + dr;
		}
	}
}
