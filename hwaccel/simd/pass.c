#include <string.h>

#include "pass.h"

// count_rows adds rows of a stripe to histogram i by their top 8 bits, and one row of luma to the
// magnitudes of the Sobel operator.
static void count_rows(vd_pass *p, uint8_t *const *row, int rows, int width, int i)
{
	const uint8_t *bytes[VD_STRIPE];
	for (int y = 0; y < rows; y++) {
		bytes[y] = row[y];
		if (p->wide) {
			p->k->narrow((const uint16_t *)row[y], width, p->s->depth - 8, p->m.bytes[y]);
			memset(p->m.bytes[y] + width, 0, (size_t)(-width & 63));
			bytes[y] = p->m.bytes[y];
		}
	}
	p->k->count[i > 0](bytes, rows, width, p->m.table[i]);
	if (i == 0 && rows > VD_SOBEL_ROW + 1)
		p->k->sobel(bytes[VD_SOBEL_ROW - 1], bytes[VD_SOBEL_ROW], bytes[VD_SOBEL_ROW + 1], width,
			&p->t->sobel, &p->t->sobel_square);
}

// merge_across adds to a cell the steps over its left border, over the line through its middle, and
// over the lines beside them, as far as a block that begins x columns into it has them.
static void merge_across(vd_cell *c, const vd_block *b, int x, int size)
{
	if (x == 0) {
		c->left += b->left;
		c->across_second += b->second;
	}
	if (x + VD_STRIPE == size)
		c->across_last += b->last;
	if (size == VD_STRIPE) {
		c->across_middle += b->middle;
		c->across_beside += b->beside;
	} else if (x == size / 2) {
		c->across_middle += b->left;
		c->across_beside += b->second;
	} else if (x + VD_STRIPE == size / 2) {
		c->across_beside += b->last;
	}
}

// merge_down does the same for lines across, with a block that begins y rows into the cell.
static void merge_down(vd_cell *c, const vd_block *b, int y, int size)
{
	if (y == 0) {
		c->top += b->top;
		c->down_second += b->second_row;
	}
	if (y + VD_STRIPE == size)
		c->down_last += b->last_row;
	if (size == VD_STRIPE) {
		c->down_middle += b->middle_row;
		c->down_beside += b->beside_row;
	} else if (y == size / 2) {
		c->down_middle += b->top;
		c->down_beside += b->second_row;
	} else if (y + VD_STRIPE == size / 2) {
		c->down_beside += b->last_row;
	}
}

// merge_blocks adds the blocks of a stripe to the cells.
static void merge_blocks(vd_pass *p, int y)
{
	const vd_shape *s = p->s;
	int blocks = (s->width + VD_STRIPE - 1) / VD_STRIPE, inside = s->cell_size - 1;
	vd_cell *line = p->cells + (ptrdiff_t)(y >> p->cell) * s->cell_columns;
	if ((y & inside) == 0) // the first stripe of these cells
		memset(line, 0, sizeof *line * (size_t)s->cell_columns);
	for (int i = 0; i < blocks; i++) {
		const vd_block *b = &p->m.blocks[i];
		int x = i * VD_STRIPE;
		vd_cell *c = &line[x >> p->cell];
		p->t->square += b->square;
		c->square += b->square;
		c->sum += b->sum;
		c->difference += b->difference;
		c->across += b->across;
		c->down += b->down;
		c->comb += b->comb;
		merge_across(c, b, x & inside, s->cell_size);
		merge_down(c, b, y & inside, s->cell_size);
	}
}

// merge_units adds the chroma of a stripe to the cells and totals.
static void merge_units(vd_pass *p, int y)
{
	const vd_shape *s = p->s;
	vd_cell *line = p->cells + (ptrdiff_t)(y >> p->cell) * s->cell_columns;
	for (int i = 0; i < (p->chroma_width + 7) / 8; i++) {
		const vd_chroma_unit *u = &p->m.units[i];
		vd_cell *c = &line[i * 8 << p->sx >> p->cell];
		c->cb += u->cb;
		c->cr += u->cr;
		c->chroma_difference += u->difference;
		p->t->cb.sum += u->cb;
		p->t->cr.sum += u->cr;
	}
}

// load_stripe brings the rows y-1 to y+rows of luma, and those of the previous picture. The last two
// rows of the stripe before are there already.
static void load_stripe(vd_pass *p, int y, int rows)
{
	uint8_t **ring = p->m.luma;
	int last = p->s->height - 1;
	if (y == 0) {
		vd_load_luma(p, VD_FRAME, 0, &ring[0]);
		vd_load_luma(p, VD_FRAME, 0, &ring[1]);
	} else {
		uint8_t *first[2] = { ring[VD_STRIPE], ring[VD_STRIPE + 1] };
		memmove(ring + 2, ring, VD_STRIPE * sizeof *ring);
		ring[0] = first[0];
		ring[1] = first[1];
	}
	for (int i = 1; i <= rows; i++)
		vd_load_luma(p, VD_FRAME, y + i > last ? last : y + i, &ring[i + 1]);
	if (p->s->has_previous)
		for (int i = 0; i < rows; i++)
			vd_load_luma(p, VD_PREVIOUS, y + i, &p->m.previous[i]);
}

static void luma_stripe(vd_pass *p, int y, int rows)
{
	const vd_shape *s = p->s;
	vd_luma in = {
		.width = s->width, .rows = rows, .parity = y & 1, .depth = s->depth,
		.row_luma = p->row_luma + y, .row_down = p->row_down + y,
		.row_difference = p->row_difference + y,
		.column_luma = p->m.column_luma, .column_across = p->m.column_across,
		.blocks = p->m.blocks, .totals = p->t,
	};
	for (int i = 0; i < rows + 2; i++)
		in.row[i] = p->m.luma[i];
	for (int i = 0; i < rows && s->has_previous; i++)
		in.previous[i] = p->m.previous[i];
	for (int i = 0; i < VD_STRIPE; i++) {
		in.next[i] = vd_next_row(p, VD_FRAME, 0, y + VD_STRIPE + i + 1, s->height);
		in.next_previous[i] = vd_next_row(p, VD_PREVIOUS, 0, y + VD_STRIPE + i, s->height);
	}
	p->k->luma[p->wide](&in);
	merge_blocks(p, y);
	count_rows(p, p->m.luma + 1, rows, s->width, 0);
	vd_shrink_rows(p, 0, p->m.luma + 1, rows, y + rows == s->height);
	for (int i = 0; i < rows; i++) {
		uint8_t *row = p->m.luma[i + 1];
		if (p->wide)
			p->t->over += p->k->range((const uint16_t *)row, s->width,
				(uint16_t)(VD_HIGHEST_TOLERATED << (s->depth - 8)), &p->low, &p->high);
		if (s->has_before) {
			uint8_t *before = p->m.before;
			vd_load_luma(p, VD_BEFORE, y + i, &before);
			p->t->before_difference[(y + i) & 1] += p->k->distance[p->wide](row, before, s->width);
		}
	}
}

static void chroma_stripe(vd_pass *p, int y, int luma_rows)
{
	const vd_shape *s = p->s;
	int first = y >> p->sy, rows = ((y + luma_rows + p->sy) >> p->sy) - first;
	vd_chroma in = {
		.width = p->chroma_width, .rows = rows, .depth = s->depth,
		.black = s->full ? 0 : 16 << (s->depth - 8),
		.units = p->m.units, .totals = p->t,
	};
	for (int i = 0; i < rows; i++) {
		vd_load_chroma(p, VD_FRAME, first + i, &p->m.chroma[0][i], &p->m.chroma[1][i]);
		in.cb[i] = p->m.chroma[0][i];
		in.cr[i] = p->m.chroma[1][i];
		if (s->has_previous) {
			vd_load_chroma(p, VD_PREVIOUS, first + i, &p->m.previous_chroma[0][i], &p->m.previous_chroma[1][i]);
			in.previous_cb[i] = p->m.previous_chroma[0][i];
			in.previous_cr[i] = p->m.previous_chroma[1][i];
		}
		in.luma[i] = p->m.luma[(i << p->sy) + 1];
		if (p->sx) {
			p->k->even[p->wide](in.luma[i], p->chroma_width, p->m.even[i]);
			in.luma[i] = p->m.even[i];
		}
	}
	for (int i = 0; i < rows; i++) {
		int y = first + rows + i;
		in.next[0][i] = vd_next_row(p, VD_FRAME, 1, y, p->chroma_height);
		in.next[1][i] = vd_next_row(p, VD_FRAME, 2, y, p->chroma_height);
		in.next[2][i] = vd_next_row(p, VD_PREVIOUS, 1, y, p->chroma_height);
		in.next[3][i] = vd_next_row(p, VD_PREVIOUS, 2, y, p->chroma_height);
	}
	p->k->chroma[p->wide](&in);
	merge_units(p, y);
	for (int c = 0; c < 2; c++) {
		count_rows(p, p->m.chroma[c], rows, p->chroma_width, 1 + c);
		vd_shrink_rows(p, 1 + c, p->m.chroma[c], rows, first + rows == p->chroma_height);
	}
}

// finish_totals derives what the profiles and histograms already tell.
static void finish_totals(vd_pass *p)
{
	const vd_shape *s = p->s;
	vd_totals *t = p->t;
	for (int y = 0; y < s->height; y++) {
		t->sum += p->row_luma[y];
		t->down_sum += p->row_down[y];
		t->difference += p->row_difference[y];
	}
	for (int x = 0; x < s->width; x++)
		t->across_sum += p->m.column_across[x];
	p->k->counted(p->m.table[0], t->histogram);
	if (s->chroma != VD_GRAY) {
		p->k->counted64(p->m.table[1], t->cb.histogram);
		p->k->counted64(p->m.table[2], t->cr.histogram);
	}
	for (int i = 0; i < VD_LOWEST_TOLERATED; i++)
		t->under += t->histogram[i];
	if (p->wide) {
		t->min = p->low;
		t->max = p->high;
		return;
	}
	for (int i = VD_HIGHEST_TOLERATED + 1; i < 256; i++)
		t->over += t->histogram[i];
	while (t->histogram[t->min] == 0)
		t->min++;
	for (t->max = 255; t->histogram[t->max] == 0; t->max--)
		;
}

static const vd_kernels *kernels_of(int level)
{
#if defined(__x86_64__)
	if (level == VD_AVX512)
		return &vd_kernels_avx512;
	if (level == VD_AVX2)
		return &vd_kernels_avx2;
#endif
	(void)level;
	return &vd_kernels_portable;
}

void vd_measure(const vd_shape *s, void *scratch,
	const void *y, const void *cb, const void *cr,
	const void *py, const void *pcb, const void *pcr,
	const void *by,
	vd_totals *totals,
	uint32_t *row_luma, uint32_t *row_down, uint32_t *row_difference,
	uint32_t *column_luma, uint32_t *column_across,
	vd_cell *cells,
	uint8_t *proxy_y, uint8_t *proxy_cb, uint8_t *proxy_cr)
{
	vd_pass p = {
		.s = s, .k = kernels_of(s->level), .wide = s->depth > 8,
		.sx = s->chroma == VD_420 || s->chroma == VD_422, .sy = s->chroma == VD_420,
		.cell = __builtin_ctz((unsigned)s->cell_size),
		.plane = { { y, cb, cr }, { py, pcb, pcr }, { by, NULL, NULL } },
		.t = totals, .cells = cells,
		.row_luma = row_luma, .row_down = row_down, .row_difference = row_difference,
		.low = UINT16_MAX,
	};
	uint8_t *base = (uint8_t *)(((uintptr_t)scratch + 63) & ~(uintptr_t)63);
	vd_carve(s, base, &p.m);
	p.chroma_width = s->chroma == VD_GRAY ? 0 : (s->width + p.sx) >> p.sx;
	p.chroma_height = s->chroma == VD_GRAY ? 0 : (s->height + p.sy) >> p.sy;
	vd_find_rows(&p);
	vd_begin_shrink(&p, (uint8_t *[3]){ proxy_y, proxy_cb, proxy_cr });
	for (int i = 0; i < 3; i++)
		memset(p.m.table[i], 0, VD_TABLE);
	memset(p.m.column_luma, 0, sizeof(uint32_t) * (size_t)s->width);
	memset(p.m.column_across, 0, sizeof(uint32_t) * (size_t)s->width);
	for (int top = 0; top < s->height; top += VD_STRIPE) {
		int rows = s->height - top < VD_STRIPE ? s->height - top : VD_STRIPE;
		load_stripe(&p, top, rows);
		luma_stripe(&p, top, rows);
		if (s->chroma != VD_GRAY)
			chroma_stripe(&p, top, rows);
	}
	memcpy(column_luma, p.m.column_luma, sizeof(uint32_t) * (size_t)s->width);
	memcpy(column_across, p.m.column_across, sizeof(uint32_t) * (size_t)s->width);
	finish_totals(&p);
}
