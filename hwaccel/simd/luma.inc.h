// The luma kernel for vectors. It is included for each vector level and each type of sample, which
// give it these names:
//
//   V             a vector of VN samples, loaded by LD; SPLAT(i) repeats the sample i
//   DIST(a, b)    |a - b|            SUBS(a, b)  max(a - b, 0)
//   MAXV, MINV    of samples         OR          of bits
//   SUM(v)        sums of neighbouring samples in the vector's 32-bit lanes
//   SQUARES(s, v) s plus sums of v*v in its 32-bit lanes, less BIAS times the sums of v
//   ABOVE(n, v)   counts in n the samples of v above the threshold THRESHOLD(depth) gave
//   COUNTED(n)    those counts in 32-bit lanes
//   ADD32, ADD64, ZERO, WIDEN(v) the signed 32-bit lanes of v added up in 64 bits
//   COLS          sums of columns over sixteen rows, from COLS_ZERO by COLS_ADD(c, v);
//                 COLS_FLUSH(c, at) adds them to memory, COLS_SUM(c) makes 32-bit lanes of them,
//                 COLS_STORE(c, out) stores them in their order
//   UNIT          the samples in 128 bits, VD_UNITS times to a vector; QUADS(a, b, c, d, out) stores
//                 for each 128 bits the sums of the four lanes of a, b, c and d
//   HSUM32, HSUM64 the sum of all lanes
//   LEFT(v)       v moved on by one sample, the first one repeated
//   AHEAD(at)     asks for a line of memory that will soon be needed
//
// A tile of VN columns and sixteen rows keeps its sums in registers; what belongs to a row is added
// up across the tiles in memory that stays in the first cache.

typedef struct {
	V luma, down, difference;
} VD_TYPED(rowsums);

// VD_TYPED(tallies) are the sums over the whole stripe, squares in 64-bit lanes
// and the others in 32.
typedef struct {
	V across_square, down_square, difference_square;
	V rise, brighter, darker, comb[2], cross[2];
} VD_TYPED(tallies);

// VD_TYPED(units) holds, for each 128 bits of a tile, v[0]: sum, difference, down and comb; v[1]:
// square, across and the part of down in row 0; v[2]: its parts in rows 1, 8, 15, and in 7 and 9
// together. across is by column.
typedef struct {
	uint32_t v[3][VD_UNITS][4];
	uint16_t across[VN];
} VD_TYPED(units);

static inline __attribute__((always_inline)) V VD_TYPED(outside)(V m, V low, V high)
{
	return OR(SUBS(m, high), SUBS(low, m));
}

// sums are those of a tile; comb and cross by the parity of the row within it.
typedef struct {
	V sum, difference, down, square, across_square, down_square, difference_square;
	V rise, brighter, darker, comb[2], cross[2];
	COLS luma_columns, across_columns;
	V downs[VD_STRIPE]; // down of each row
	V above, row; // the row before the next one to count, and that one
} VD_TYPED(sums);

// row counts VN columns from x on of row y. It is inlined with odd known, so that all sums stay in
// registers.
static inline __attribute__((always_inline)) void VD_TYPED(row)(const vd_luma *in, int x, int y, int odd,
	int with_previous, V threshold, VD_TYPED(rowsums) *rows, VD_TYPED(sums) *t)
{
	const VD_SAMPLE *at = (const VD_SAMPLE *)in->row[y + 1] + x;
	V above = t->above, row = t->row, below = LD((const VD_SAMPLE *)in->row[y + 2] + x);
	AHEAD(in->next[y] + x * (int)sizeof(VD_SAMPLE));
	AHEAD(in->next_previous[y] + x * (int)sizeof(VD_SAMPLE));
	V s = SUM(row);
	rows[y].luma = ADD32(rows[y].luma, s);
	t->sum = ADD32(t->sum, s);
	t->square = SQUARES(t->square, row);
	COLS_ADD(t->luma_columns, row);

	V across = DIST(row, x == 0 ? LEFT(row) : LD(at - 1));
	t->across_square = SQUARES(t->across_square, across);
	COLS_ADD(t->across_columns, across);

	V down = DIST(row, above);
	s = SUM(down);
	t->down_square = SQUARES(t->down_square, down);
	rows[y].down = ADD32(rows[y].down, s);
	t->down = ADD32(t->down, s);
	t->downs[y] = s;

	V high = MAXV(above, below), low = MINV(above, below);
	t->comb[odd] = ADD32(t->comb[odd], SUM(VD_TYPED(outside)(row, low, high)));

	if (with_previous) {
		V was = LD((const VD_SAMPLE *)in->previous[y] + x);
		V up = SUBS(row, was), fall = SUBS(was, row), d = OR(up, fall);
		s = SUM(d);
		rows[y].difference = ADD32(rows[y].difference, s);
		t->difference = ADD32(t->difference, s);
		t->difference_square = SQUARES(t->difference_square, d);
		t->rise = ADD32(t->rise, SUM(up));
		t->brighter = ABOVE(t->brighter, up);
		t->darker = ABOVE(t->darker, fall);
		t->cross[odd] = ADD32(t->cross[odd], SUM(VD_TYPED(outside)(was, low, high)));
	}
	t->above = row;
	t->row = below;
}

// tile counts VN columns from x on.
static inline __attribute__((always_inline)) void VD_TYPED(tile)(const vd_luma *in, int x,
	int with_previous, VD_TYPED(rowsums) *rows, VD_TYPED(tallies) *all, VD_TYPED(units) *out)
{
	const V threshold = THRESHOLD(in->depth);
	VD_TYPED(sums) t;
	t.sum = t.difference = t.down = t.down_square = t.difference_square = ZERO;
	t.square = t.across_square = t.rise = t.brighter = t.darker = ZERO;
	t.comb[0] = t.comb[1] = t.cross[0] = t.cross[1] = ZERO;
	t.luma_columns = t.across_columns = (COLS)COLS_ZERO;
	t.above = LD((const VD_SAMPLE *)in->row[0] + x);
	t.row = LD((const VD_SAMPLE *)in->row[1] + x);
	int y = 0;
	for (; y + 1 < in->rows; y += 2) {
		VD_TYPED(row)(in, x, y, 0, with_previous, threshold, rows, &t);
		VD_TYPED(row)(in, x, y + 1, 1, with_previous, threshold, rows, &t);
	}
	if (y < in->rows)
		VD_TYPED(row)(in, x, y++, 0, with_previous, threshold, rows, &t);
	for (; y < VD_STRIPE; y++)
		t.downs[y] = ZERO;

	QUADS(t.sum, t.difference, t.down, ADD32(t.comb[0], t.comb[1]), out->v[0]);
	QUADS(t.square, COLS_SUM(t.across_columns), t.downs[0], ZERO, out->v[1]);
	QUADS(t.downs[1], t.downs[8], t.downs[15], ADD32(t.downs[7], t.downs[9]), out->v[2]);
	COLS_STORE(t.across_columns, out->across);
	COLS_FLUSH(t.luma_columns, in->column_luma + x);
	COLS_FLUSH(t.across_columns, in->column_across + x);
	all->across_square = ADD64(all->across_square, WIDEN(t.across_square));
	all->down_square = ADD64(all->down_square, WIDEN(t.down_square));
	all->comb[0] = ADD32(all->comb[0], t.comb[0]);
	all->comb[1] = ADD32(all->comb[1], t.comb[1]);
	if (with_previous) {
		all->difference_square = ADD64(all->difference_square, WIDEN(t.difference_square));
		all->rise = ADD32(all->rise, t.rise);
		all->brighter = ADD32(all->brighter, COUNTED(t.brighter));
		all->darker = ADD32(all->darker, COUNTED(t.darker));
		all->cross[0] = ADD32(all->cross[0], t.cross[0]);
		all->cross[1] = ADD32(all->cross[1], t.cross[1]);
	}
}

// store turns the units of a tile into blocks of 16 columns. Squares are repaired from their bias
// modulo 2^32, in which they fit.
static inline void VD_TYPED(store)(const VD_TYPED(units) *u, vd_block *blocks)
{
	const int per = VD_STRIPE / UNIT;
	for (int i = 0; i < VD_UNITS / per; i++) {
		const uint16_t *across = u->across + i * VD_STRIPE;
		vd_block b = {
			.left = across[0], .second = across[1], .middle = across[8], .last = across[15],
			.beside = (uint32_t)across[7] + across[9],
		};
		for (int j = i * per; j < (i + 1) * per; j++) {
			b.sum += u->v[0][j][0];
			b.difference += u->v[0][j][1];
			b.down += u->v[0][j][2];
			b.comb += u->v[0][j][3];
			b.square += (uint32_t)(u->v[1][j][0] + BIAS * u->v[0][j][0]);
			b.across += u->v[1][j][1];
			b.top += u->v[1][j][2];
			b.second_row += u->v[2][j][0];
			b.middle_row += u->v[2][j][1];
			b.last_row += u->v[2][j][2];
			b.beside_row += u->v[2][j][3];
		}
		blocks[i] = b;
	}
}

// uncount takes back the step from the last column to the zeros that follow it.
static void VD_TYPED(uncount)(const vd_luma *in, uint64_t *across, uint64_t *across_square)
{
	uint32_t sum = 0;
	for (int y = 0; y < in->rows; y++) {
		uint32_t v = ((const VD_SAMPLE *)in->row[y + 1])[in->width - 1];
		sum += v;
		*across_square -= (uint64_t)v * v;
	}
	*across -= sum;
	vd_block *b = &in->blocks[in->width / VD_STRIPE];
	b->across -= sum;
	switch (in->width % VD_STRIPE) {
	case 1: b->second -= sum; break;
	case 8: b->middle -= sum; break;
	case 15: b->last -= sum; break;
	case 7:
	case 9: b->beside -= sum; break;
	}
}

static inline __attribute__((always_inline)) void VD_TYPED(stripe)(const vd_luma *in, int with_previous)
{
	const int width = (in->width * (int)sizeof(VD_SAMPLE) + 63) / 64 * 64 / (int)sizeof(VD_SAMPLE);
	VD_TYPED(rowsums) rows[VD_STRIPE];
	VD_TYPED(tallies) all;
	VD_TYPED(units) units;
	memset(rows, 0, sizeof rows);
	memset(&all, 0, sizeof all);
	for (int x = 0; x < width; x += VN) {
		VD_TYPED(tile)(in, x, with_previous, rows, &all, &units);
		VD_TYPED(store)(&units, in->blocks + x / VD_STRIPE);
	}

	uint64_t across = 0, down = 0, difference = 0;
	for (int i = 0; i < width / VD_STRIPE; i++)
		across += in->blocks[i].across;
	for (int y = 0; y < in->rows; y++) {
		in->row_luma[y] = (uint32_t)HSUM32(rows[y].luma);
		down += in->row_down[y] = (uint32_t)HSUM32(rows[y].down);
		if (with_previous)
			difference += in->row_difference[y] = (uint32_t)HSUM32(rows[y].difference);
	}
	uint64_t across_square = HSUM64(all.across_square) + BIAS * across;
	if (width > in->width)
		VD_TYPED(uncount)(in, &across, &across_square);
	vd_totals *t = in->totals;
	t->across_square += across_square;
	t->down_square += HSUM64(all.down_square) + BIAS * down;
	for (int i = 0; i < 2; i++) {
		t->comb[(in->parity + i) & 1] += HSUM32(all.comb[i]);
		t->cross_comb[(in->parity + i) & 1] += HSUM32(all.cross[i]);
	}
	t->difference_square += HSUM64(all.difference_square) + BIAS * difference;
	t->rise += HSUM32(all.rise);
	t->brighter += HSUM32(all.brighter);
	t->darker += HSUM32(all.darker);
}

static void VD_TYPED(luma)(const vd_luma *in)
{
	if (in->previous[0])
		VD_TYPED(stripe)(in, 1);
	else
		VD_TYPED(stripe)(in, 0);
}
