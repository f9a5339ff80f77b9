#include "pass.h"

static size_t up(size_t n, size_t to) { return (n + to - 1) / to * to; }

// next hands out size bytes at *offset, and moves *offset past them to the next 64.
static uint8_t *next(uint8_t *base, size_t *offset, size_t size)
{
	size_t at = *offset;
	*offset += up(size, 64);
	return base ? base + at : NULL;
}

// pitch_of returns the distance of rows of size bytes: an odd number of cache lines, because rows
// at even distances share few places in the first cache.
static size_t pitch_of(size_t size)
{
	size_t pitch = VD_PAD + up(size, 64);
	return pitch / 64 % 2 ? pitch : pitch + 64;
}

static void rows(uint8_t *base, size_t *offset, size_t pitch, int n, uint8_t **out)
{
	for (int i = 0; i < n; i++) {
		uint8_t *row = next(base, offset, pitch);
		out[i] = row ? row + VD_PAD : NULL;
	}
}

size_t vd_carve(const vd_shape *s, uint8_t *base, vd_scratch *out)
{
	size_t width = (size_t)s->width, wide = s->depth > 8 ? 2 : 1, at = 0;
	size_t pitch = pitch_of(width * wide);
	rows(base, &at, pitch, VD_STRIPE + 2, out->luma);
	rows(base, &at, pitch, VD_STRIPE, out->previous);
	for (int i = 0; i < 2; i++) {
		rows(base, &at, pitch, VD_STRIPE, out->chroma[i]);
		rows(base, &at, pitch, VD_STRIPE, out->previous_chroma[i]);
	}
	rows(base, &at, pitch, VD_STRIPE, out->even);
	out->before = next(base, &at, pitch);
	rows(base, &at, pitch_of(width), VD_STRIPE, out->bytes);
	out->pairs = next(base, &at, up(width, 2) * 2 * wide + 64);
	out->line = (uint16_t *)next(base, &at, (width + 5) / 6 * 12 * sizeof(uint16_t) + 64);
	for (int i = 0; i < 3; i++)
		out->table[i] = (uint32_t *)next(base, &at, VD_TABLE);
	out->column_luma = (uint32_t *)next(base, &at, up(width, 64) * sizeof(uint32_t));
	out->column_across = (uint32_t *)next(base, &at, up(width, 64) * sizeof(uint32_t));
	out->blocks = (vd_block *)next(base, &at, (up(width, 64) / VD_STRIPE) * sizeof(vd_block));
	out->units = (vd_chroma_unit *)next(base, &at, (up(width, 64) / 8) * sizeof(vd_chroma_unit));
	for (int i = 0; i < 3; i++)
		out->sums[i] = (uint32_t *)next(base, &at, up(width, 64) * sizeof(uint32_t));
	for (int i = 0; i < 2; i++)
		out->halves[i] = (uint32_t *)next(base, &at, up(width, 64) * sizeof(uint32_t));
	return at;
}

// The size leaves room to align the caller's memory to 64 bytes.
size_t vd_scratch_size(const vd_shape *shape)
{
	vd_scratch unused;
	return vd_carve(shape, NULL, &unused) + 64;
}
