#include <string.h>

#include "pass.h"

static const uint8_t *row_at(const vd_pass *p, int frame, int plane, int y)
{
	return p->plane[frame][plane] + (ptrdiff_t)y * (ptrdiff_t)p->s->stride[frame][plane];
}

static int mask_of(const vd_pass *p) { return (1 << p->s->depth) - 1; }

const uint8_t *vd_next_row(const vd_pass *p, int frame, int plane, int y, int height)
{
	if (p->plane[frame][plane] == NULL || y >= height)
		return p->m.luma[0];
	return row_at(p, frame, plane, y);
}

void vd_find_rows(vd_pass *p)
{
	const vd_shape *s = p->s;
	int can = p->k->in_place && s->depth == 8;
	int planar = s->layout == VD_PLANAR, luma = planar || s->layout == VD_SEMIPLANAR;
	p->luma_lies = can && luma && s->width % 64 == 0;
	p->chroma_lies = can && planar && p->chroma_width % 64 == 0;
}

void vd_load_luma(vd_pass *p, int frame, int y, uint8_t **at)
{
	const vd_shape *s = p->s;
	const uint8_t *row = row_at(p, frame, 0, y);
	if (p->luma_lies) {
		*at = (uint8_t *)row; // and nobody writes there
		return;
	}
	uint8_t *out = *at;
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

void vd_load_chroma(vd_pass *p, int frame, int y, uint8_t **cb_at, uint8_t **cr_at)
{
	const vd_shape *s = p->s;
	const vd_kernels *k = p->k;
	int width = p->chroma_width;
	const uint8_t *row = row_at(p, frame, s->layout == VD_PLANAR || s->layout == VD_SEMIPLANAR, y);
	if (p->chroma_lies) {
		*cb_at = (uint8_t *)row;
		*cr_at = (uint8_t *)row_at(p, frame, 2, y);
		return;
	}
	uint8_t *cb = *cb_at, *cr = *cr_at;
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
