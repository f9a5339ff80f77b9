#include <string.h>

#include "pass.h"

void vd_begin_shrink(vd_pass *p, uint8_t *const out[3])
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

// finish_shrink writes one row of a proxy from the sums of its boxes' columns.
static void finish_shrink(vd_pass *p, vd_shrink *h)
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

void vd_shrink_rows(vd_pass *p, int i, uint8_t *const *row, int rows, int last)
{
	vd_shrink *h = &p->shrink[i];
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
