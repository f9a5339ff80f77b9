#include <string.h>

#include "scratch.h"

enum { FRAME, PREVIOUS, BEFORE };

// pass is one measurement under way.
typedef struct {
	const vd_shape *s;
	const vd_kernels *k;
	vd_scratch m;
	int wide;                  // samples take two bytes in scratch memory
	int sx, sy;                // chroma subsampling, as shifts
	int cell;                  // log2 of the cell size
	int chroma_width, chroma_height;
	const uint8_t *plane[3][3]; // of frame, previous and before
	vd_totals *t;
	uint32_t *row_luma, *row_down, *row_difference;
	vd_cell *cells;
	vd_shrink shrink[3];
	uint16_t low, high; // of 16-bit luma
} pass;

static const uint8_t *row_at(const pass *p, int frame, int plane, int y)
{
	return p->plane[frame][plane] + (ptrdiff_t)y * (ptrdiff_t)p->s->stride[frame][plane];
}

static int mask_of(const pass *p) { return (1 << p->s->depth) - 1; }

// next_row returns where a row lies that will be needed soon, for fetching it ahead; some other
// place of no consequence where there is none.
static const uint8_t *next_row(const pass *p, int frame, int plane, int y, int height)
{
	if (p->plane[frame][plane] == NULL || y >= height)
		return p->m.luma[0];
	return row_at(p, frame, plane, y);
}

// load_luma brings one row of luma into scratch memory.
static void load_luma(pass *p, int frame, int y, uint8_t *out)
{
	const vd_shape *s = p->s;
	const uint8_t *row = row_at(p, frame, 0, y);
	switch (s->layout) {
	case VD_UYVY:
		p->k->even[0](row + 1, s->width, out);
		break;
	case VD_V210:
		p->k->line_up(row, (s->width + 5) / 6 * 4, p->m.line);
		p->k->even[1](p->m.line + 1, s->width, out);
		break;
	default:
		if (p->wide)
			p->k->take(row, s->width, s->shift, mask_of(p), (uint16_t *)out);
		else
			memcpy(out, row, (size_t)s->width);
	}
	// The pixel to the left of the first one repeats it.
	if (p->wide)
		((uint16_t *)out)[-1] = ((uint16_t *)out)[0];
	else
		out[-1] = out[0];
}

// load_chroma brings one row of both chroma components into scratch memory.
static void load_chroma(pass *p, int frame, int y, uint8_t *cb, uint8_t *cr)
{
	const vd_shape *s = p->s;
	const vd_kernels *k = p->k;
	int width = p->chroma_width;
	const uint8_t *row = row_at(p, frame, s->layout == VD_PLANAR || s->layout == VD_SEMIPLANAR, y);
	switch (s->layout) {
	case VD_UYVY:
		k->even[0](row, 2 * width, p->m.pairs);
		k->part8(p->m.pairs, width, cb, cr);
		break;
	case VD_V210:
		k->line_up(row, (s->width + 5) / 6 * 4, p->m.line);
		k->even[1](p->m.line, 2 * width, p->m.pairs);
		k->part16(p->m.pairs, width, 0, 1023, (uint16_t *)cb, (uint16_t *)cr);
		break;
	case VD_SEMIPLANAR:
		if (p->wide)
			k->part16(row, width, s->shift, mask_of(p), (uint16_t *)cb, (uint16_t *)cr);
		else
			k->part8(row, width, cb, cr);
		break;
	default:
		if (p->wide) {
			k->take(row, width, s->shift, mask_of(p), (uint16_t *)cb);
			k->take(row_at(p, frame, 2, y), width, s->shift, mask_of(p), (uint16_t *)cr);
		} else {
			memcpy(cb, row, (size_t)width);
			memcpy(cr, row_at(p, frame, 2, y), (size_t)width);
		}
	}
}

// count_rows adds rows of a stripe to histogram i by their top 8 bits.
static void count_rows(pass *p, uint8_t *const *row, int rows, int width, int i)
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
}

// finish_shrink writes one row of a proxy from the sums of its boxes' columns.
static void finish_shrink(pass *p, vd_shrink *h)
{
	uint32_t *sums = h->sums;
	int n = (h->width + h->summed - 1) / h->summed, turn = 0;
	for (int across = h->across / h->summed; across > 1; across /= 2) {
		uint32_t *out = p->m.halves[turn];
		n = (n + 1) / 2;
		p->k->halve(sums, n, out);
		out[n] = 0;
		sums = out;
		turn = !turn;
	}
	int whole = h->width / h->across, rest = h->width % h->across;
	uint32_t samples = (uint32_t)h->rows << (p->s->depth - 8);
	p->k->mean(sums, whole, (uint32_t)h->across * samples, h->out);
	if (rest)
		p->k->mean(sums + whole, 1, (uint32_t)rest * samples, h->out + whole);
	memset(h->sums, 0, sizeof *h->sums * (size_t)h->width);
	h->out += h->out_width;
	h->rows = 0;
}

// shrink_rows adds rows of a stripe to a proxy; last says that no more will follow.
static void shrink_rows(pass *p, vd_shrink *h, uint8_t *const *row, int rows, int last)
{
	for (int y = 0; y < rows;) {
		int n = h->down - h->rows < rows - y ? h->down - h->rows : rows - y;
		if (h->summed == 4)
			p->k->add4((const uint8_t *const *)row + y, n, (h->width + 3) / 4, h->sums);
		else
			p->k->add[p->wide]((const uint8_t *const *)row + y, n, h->width, h->sums);
		h->rows += n;
		y += n;
		if (h->rows == h->down || (last && y == rows))
			finish_shrink(p, h);
	}
}

// merge_blocks adds the blocks of a stripe to the cells.
static void merge_blocks(pass *p, int y)
{
	const vd_shape *s = p->s;
	int blocks = (s->width + VD_STRIPE - 1) / VD_STRIPE, inside = s->cell_size - 1;
	vd_cell *line = p->cells + (ptrdiff_t)(y >> p->cell) * s->cell_columns;
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
		if ((x & inside) == 0)
			c->left += b->left;
		if ((y & inside) == 0)
			c->top += b->top;
	}
}

// merge_units adds the chroma of a stripe to the cells and totals.
static void merge_units(pass *p, int y)
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

// load_stripe brings the rows y-1 to y+rows of luma, and those of the previous picture, into
// scratch memory. The last two rows of the stripe before are there already.
static void load_stripe(pass *p, int y, int rows)
{
	uint8_t **ring = p->m.luma;
	int last = p->s->height - 1;
	if (y == 0) {
		load_luma(p, FRAME, 0, ring[0]);
		load_luma(p, FRAME, 0, ring[1]);
	} else {
		uint8_t *first[2] = { ring[VD_STRIPE], ring[VD_STRIPE + 1] };
		memmove(ring + 2, ring, VD_STRIPE * sizeof *ring);
		ring[0] = first[0];
		ring[1] = first[1];
	}
	for (int i = 1; i <= rows; i++)
		load_luma(p, FRAME, y + i > last ? last : y + i, ring[i + 1]);
	if (p->s->has_previous)
		for (int i = 0; i < rows; i++)
			load_luma(p, PREVIOUS, y + i, p->m.previous[i]);
}

static void luma_stripe(pass *p, int y, int rows)
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
		in.next[i] = next_row(p, FRAME, 0, y + VD_STRIPE + i + 1, s->height);
		in.next_previous[i] = next_row(p, PREVIOUS, 0, y + VD_STRIPE + i, s->height);
	}
	p->k->luma[p->wide](&in);
	merge_blocks(p, y);
	count_rows(p, p->m.luma + 1, rows, s->width, 0);
	shrink_rows(p, &p->shrink[0], p->m.luma + 1, rows, y + rows == s->height);
	for (int i = 0; i < rows; i++) {
		uint8_t *row = p->m.luma[i + 1];
		if (p->wide)
			p->t->over += p->k->range((const uint16_t *)row, s->width,
				(uint16_t)(246 << (s->depth - 8)), &p->low, &p->high);
		if (s->has_before) {
			load_luma(p, BEFORE, y + i, p->m.before);
			p->t->before_difference[(y + i) & 1] += p->k->distance[p->wide](row, p->m.before, s->width);
		}
	}
}

static void chroma_stripe(pass *p, int y, int luma_rows)
{
	const vd_shape *s = p->s;
	int first = y >> p->sy, rows = ((y + luma_rows + p->sy) >> p->sy) - first;
	vd_chroma in = {
		.width = p->chroma_width, .rows = rows, .depth = s->depth,
		.black = s->full ? 0 : 16 << (s->depth - 8),
		.units = p->m.units, .totals = p->t,
	};
	for (int i = 0; i < rows; i++) {
		load_chroma(p, FRAME, first + i, p->m.chroma[0][i], p->m.chroma[1][i]);
		in.cb[i] = p->m.chroma[0][i];
		in.cr[i] = p->m.chroma[1][i];
		if (s->has_previous) {
			load_chroma(p, PREVIOUS, first + i, p->m.previous_chroma[0][i], p->m.previous_chroma[1][i]);
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
		in.next[0][i] = next_row(p, FRAME, 1, y, p->chroma_height);
		in.next[1][i] = next_row(p, FRAME, 2, y, p->chroma_height);
		in.next[2][i] = next_row(p, PREVIOUS, 1, y, p->chroma_height);
		in.next[3][i] = next_row(p, PREVIOUS, 2, y, p->chroma_height);
	}
	p->k->chroma[p->wide](&in);
	merge_units(p, y);
	for (int c = 0; c < 2; c++) {
		count_rows(p, p->m.chroma[c], rows, p->chroma_width, 1 + c);
		shrink_rows(p, &p->shrink[1 + c], p->m.chroma[c], rows, first + rows == p->chroma_height);
	}
}

// finish_totals derives what the profiles and histograms already tell.
static void finish_totals(pass *p)
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
	for (int i = 0; i < 5; i++)
		t->under += t->histogram[i];
	if (p->wide) {
		t->min = p->low;
		t->max = p->high;
		return;
	}
	for (int i = 247; i < 256; i++)
		t->over += t->histogram[i];
	while (t->histogram[t->min] == 0)
		t->min++;
	for (t->max = 255; t->histogram[t->max] == 0; t->max--)
		;
}

static void begin_shrink(pass *p, uint8_t *const out[3])
{
	const vd_shape *s = p->s;
	int chroma_out = (s->proxy_width + 1) / 2;
	for (int i = 0; i < 3; i++) {
		p->shrink[i] = (vd_shrink){
			.sums = p->m.sums[i],
			.across = i ? 2 * s->box >> p->sx : s->box,
			.down = i ? 2 * s->box >> p->sy : s->box,
			.width = i ? p->chroma_width : s->width,
			.out = out[i], .out_width = i ? chroma_out : s->proxy_width,
		};
		p->shrink[i].summed = !p->wide && p->shrink[i].across >= 4 ? 4 : 1;
	}
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
	pass p = {
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
	begin_shrink(&p, (uint8_t *[3]){ proxy_y, proxy_cb, proxy_cr });
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
