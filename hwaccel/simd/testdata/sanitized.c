// Measures random pictures of every layout at every level, each plane and output in memory of
// exactly its size, and compares the levels. For the sanitizers: the program itself only reports
// what differs.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "meter.h"

static uint32_t state = 1;

static uint32_t random32(void)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

static int least(int a, int b) { return a < b ? a : b; }

// exact returns memory of n bytes, at least 1, filled with noise or, where fill is 0, zeros. The
// caller frees it.
static void *exact(size_t n, int fill)
{
	uint8_t *m = calloc(n ? n : 1, 1);
	if (!m)
		abort();
	for (size_t i = 0; fill && i < n; i++)
		m[i] = (uint8_t)(fill == 1 ? random32() : fill);
	return m;
}

typedef struct {
	vd_totals *totals;
	uint32_t *row[3], *column[2];
	vd_cell *cells;
	uint8_t *proxy[3];
} result;

typedef struct {
	int cells, proxy, proxy_chroma;
} extent;

static result new_result(const vd_shape *s, extent e)
{
	result r = { exact(sizeof(vd_totals), 0), { 0 }, { 0 }, exact(sizeof(vd_cell) * (size_t)e.cells, 1), { 0 } };
	for (int i = 0; i < 3; i++) {
		r.row[i] = exact(4 * (size_t)s->height, 0);
		r.proxy[i] = exact((size_t)(i ? e.proxy_chroma : e.proxy), 1);
	}
	for (int i = 0; i < 2; i++)
		r.column[i] = exact(4 * (size_t)s->width, 0);
	return r;
}

static void free_result(result r)
{
	free(r.totals);
	free(r.cells);
	for (int i = 0; i < 3; i++) {
		free(r.row[i]);
		free(r.proxy[i]);
	}
	for (int i = 0; i < 2; i++)
		free(r.column[i]);
}

static int same(const vd_shape *s, extent e, result a, result b)
{
	int equal = !memcmp(a.totals, b.totals, sizeof *a.totals) &&
		!memcmp(a.cells, b.cells, sizeof *a.cells * (size_t)e.cells);
	for (int i = 0; i < 3; i++)
		equal &= !memcmp(a.row[i], b.row[i], 4 * (size_t)s->height) &&
			!memcmp(a.proxy[i], b.proxy[i], (size_t)(i ? e.proxy_chroma : e.proxy));
	for (int i = 0; i < 2; i++)
		equal &= !memcmp(a.column[i], b.column[i], 4 * (size_t)s->width);
	return equal;
}

static result measure(vd_shape *s, extent e, void *plane[3][3], int level)
{
	result r = new_result(s, e);
	s->level = level;
	void *scratch = exact(vd_scratch_size(s), 0);
	for (int times = 0; times < 2; times++) { // the second time in memory that was used
		free_result(r);
		r = new_result(s, e);
		vd_measure(s, scratch, plane[0][0], plane[0][1], plane[0][2],
			plane[1][0], plane[1][1], plane[1][2], plane[2][0],
			r.totals, r.row[0], r.row[1], r.row[2], r.column[0], r.column[1],
			r.cells, r.proxy[0], r.proxy[1], r.proxy[2]);
	}
	free(scratch);
	return r;
}

// check measures one shape; it fills in what follows from size and format.
static int check(vd_shape s, int past, int slack, int fill)
{
	const int sx = s.chroma == VD_420 || s.chroma == VD_422, sy = s.chroma == VD_420;
	const int size = s.depth > 8 ? 2 : 1;
	const int cw = (s.width + sx) >> sx, ch = (s.height + sy) >> sy;
	s.cell_size = s.width > 300 ? 32 : 16;
	s.box = s.width > 300 ? 8 : 1 << (s.width % 4);
	s.cell_columns = (s.width + s.cell_size - 1) / s.cell_size;
	s.proxy_width = (s.width + s.box - 1) / s.box;
	s.has_previous = past > 0;
	s.has_before = past > 1;
	const int proxy_height = (s.height + s.box - 1) / s.box;
	const extent e = {
		s.cell_columns * ((s.height + s.cell_size - 1) / s.cell_size),
		s.proxy_width * proxy_height,
		s.chroma == VD_GRAY ? 0 : (s.proxy_width + 1) / 2 * ((proxy_height + 1) / 2),
	};
	void *plane[3][3] = { { 0 } };
	for (int f = 0; f <= past; f++)
		for (int i = 0; i < 3; i++) {
			int row = i ? cw * size : s.width * size, rows = i ? ch : s.height;
			if (s.layout == VD_SEMIPLANAR && i == 1)
				row *= 2;
			if (s.layout == VD_UYVY)
				row = (s.width + 1) / 2 * 4;
			if (s.layout == VD_V210)
				row = (s.width + 5) / 6 * 16;
			if (i && (s.chroma == VD_GRAY || s.layout == VD_UYVY || s.layout == VD_V210 ||
				(s.layout == VD_SEMIPLANAR && i == 2)))
				continue;
			s.stride[f][i] = row + slack;
			plane[f][i] = exact((size_t)(row + slack) * (size_t)(rows - 1) + (size_t)row, fill);
		}
	int failed = 0;
	result want = measure(&s, e, plane, VD_PORTABLE);
	for (int level = VD_PORTABLE + 1; level <= vd_level(); level++) {
		result got = measure(&s, e, plane, level);
		if (!same(&s, e, got, want)) {
			fprintf(stderr, "level %d differs: %dx%d, layout %d, chroma %d, depth %d, %d before\n",
				level, s.width, s.height, s.layout, s.chroma, s.depth, past);
			failed = 1;
		}
		free_result(got);
	}
	free_result(want);
	for (int f = 0; f < 3; f++)
		for (int i = 0; i < 3; i++)
			free(plane[f][i]);
	return failed;
}

int main(void)
{
	static const int sizes[][2] = {
		{ 1, 1 }, { 2, 3 }, { 3, 2 }, { 5, 17 }, { 15, 16 }, { 17, 15 }, { 31, 9 }, { 33, 33 }, { 48, 2 },
		{ 63, 18 }, { 64, 16 }, { 65, 1 }, { 66, 40 }, { 127, 19 }, { 129, 8 }, { 389, 67 },
	};
	static const vd_shape formats[] = {
		{ .layout = VD_PLANAR, .chroma = VD_GRAY, .depth = 8 }, { .layout = VD_PLANAR, .chroma = VD_420, .depth = 8 },
		{ .layout = VD_PLANAR, .chroma = VD_422, .depth = 8 }, { .layout = VD_PLANAR, .chroma = VD_444, .depth = 8 },
		{ .layout = VD_SEMIPLANAR, .chroma = VD_420, .depth = 8 }, { .layout = VD_SEMIPLANAR, .chroma = VD_444, .depth = 8 },
		{ .layout = VD_UYVY, .chroma = VD_422, .depth = 8 }, { .layout = VD_V210, .chroma = VD_422, .depth = 10 },
		{ .layout = VD_PLANAR, .chroma = VD_420, .depth = 10 }, { .layout = VD_PLANAR, .chroma = VD_444, .depth = 12 },
		{ .layout = VD_SEMIPLANAR, .chroma = VD_420, .depth = 10, .shift = 6 },
		{ .layout = VD_PLANAR, .chroma = VD_GRAY, .depth = 12 },
	};
	int failed = 0, n = 0;
	for (size_t f = 0; f < sizeof formats / sizeof *formats; f++)
		for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++, n++) {
			vd_shape s = formats[f];
			s.width = sizes[i][0];
			s.height = sizes[i][1];
			s.full = n % 2;
			failed |= check(s, n % 3, n % 5, 1);
			failed |= check(s, least(n % 4, 2), 0, 255);
		}
	return failed;
}
