// The chroma kernel for vectors, in the terms of luma.inc.h, and
//
//   NONE(n, v)    counts in n the samples of v that are 0
//   ADDV          of samples
//   EIGHTS(a, b, c, out) stores for each eight samples the sums of a, b and c

typedef struct {
	V cb_square, cr_square, cb_difference, cr_difference, saturation, red;
} VD_TYPED(chroma_tallies);

static inline __attribute__((always_inline)) void VD_TYPED(chroma_tile)(const vd_chroma *in, int x,
	int with_previous, VD_TYPED(chroma_tallies) *all)
{
	const int scale = in->depth - 8;
	const V mid = SPLAT(128 << scale), least = SPLAT(VD_RED_THRESHOLD << scale), black = SPLAT(in->black);
	V cb_sum = ZERO, cr_sum = ZERO, cb_square = ZERO, cr_square = ZERO;
	V cb_difference = ZERO, cr_difference = ZERO, saturation = ZERO, red = ZERO;

	for (int y = 0; y < in->rows; y++) {
		V cb = LD((const VD_SAMPLE *)in->cb[y] + x), cr = LD((const VD_SAMPLE *)in->cr[y] + x);
		for (int i = 0; i < 4; i++)
			AHEAD(in->next[i][y] + x * (int)sizeof(VD_SAMPLE));
		cb_sum = ADD32(cb_sum, SUM(cb));
		cr_sum = ADD32(cr_sum, SUM(cr));
		cb_square = SQUARES(cb_square, cb);
		cr_square = SQUARES(cr_square, cr);

		V u = SUBS(cb, mid), c = SUBS(cr, mid), twice = ADDV(c, c);
		saturation = ADD32(saturation, SUM(OR(u, SUBS(mid, cb))));
		saturation = ADD32(saturation, SUM(OR(c, SUBS(mid, cr))));
		V luma = SUBS(LD((const VD_SAMPLE *)in->luma[y] + x), black);
		red = NONE(red, OR(SUBS(least, c), OR(SUBS(ADDV(u, u), c), SUBS(luma, twice))));

		if (with_previous) {
			V was_cb = LD((const VD_SAMPLE *)in->previous_cb[y] + x);
			V was_cr = LD((const VD_SAMPLE *)in->previous_cr[y] + x);
			cb_difference = ADD32(cb_difference, SUM(DIST(cb, was_cb)));
			cr_difference = ADD32(cr_difference, SUM(DIST(cr, was_cr)));
		}
	}

	EIGHTS(cb_sum, cr_sum, ADD32(cb_difference, cr_difference), in->units + x / 8);
	all->cb_square = ADD64(all->cb_square, WIDEN(cb_square));
	all->cr_square = ADD64(all->cr_square, WIDEN(cr_square));
	all->cb_difference = ADD32(all->cb_difference, cb_difference);
	all->cr_difference = ADD32(all->cr_difference, cr_difference);
	all->saturation = ADD32(all->saturation, saturation);
	all->red = ADD32(all->red, COUNTED(red));
}

static void VD_TYPED(chroma)(const vd_chroma *in)
{
	const int width = (in->width * (int)sizeof(VD_SAMPLE) + 63) / 64 * 64 / (int)sizeof(VD_SAMPLE);
	VD_TYPED(chroma_tallies) all;
	memset(&all, 0, sizeof all);
	if (in->previous_cb[0])
		for (int x = 0; x < width; x += VN)
			VD_TYPED(chroma_tile)(in, x, 1, &all);
	else
		for (int x = 0; x < width; x += VN)
			VD_TYPED(chroma_tile)(in, x, 0, &all);

	uint64_t cb = 0, cr = 0;
	for (int i = 0; i < width / 8; i++) {
		cb += in->units[i].cb;
		cr += in->units[i].cr;
	}
	vd_totals *t = in->totals;
	t->cb.square += HSUM64(all.cb_square) + BIAS * cb;
	t->cr.square += HSUM64(all.cr_square) + BIAS * cr;
	t->cb.difference += HSUM32(all.cb_difference);
	t->cr.difference += HSUM32(all.cr_difference);
	// The zeros beyond the row lie mid away from gray.
	t->saturation += HSUM32(all.saturation) -
		(uint64_t)(width - in->width) * (uint64_t)in->rows * 2 * (128u << (in->depth - 8));
	t->red += HSUM32(all.red);
}
