// One measurement under way: what pass.c, load.c, shrink.c and scratch.c share.
#ifndef VEDETTE_PASS_H
#define VEDETTE_PASS_H

#include "kernels.h"

// vd_shrink makes rows of a proxy out of rows of samples.
typedef struct {
	uint32_t *sums;     // of columns, over the rows so far
	int summed;         // columns in one sum: 1, or 4
	int rows;           // so far
	int across, down;   // samples that one proxy sample averages
	int width;          // samples of a row
	uint8_t *out;       // the next row of the proxy
	int out_width;
} vd_shrink;

// vd_scratch is carved out of the caller's memory. Rows point past their padding.
typedef struct {
	// Of the stripe in hand; each points into scratch memory or, where it can, into the frame. The
	// luma begins with the row above.
	uint8_t *luma[VD_STRIPE + 2], *previous[VD_STRIPE];
	uint8_t *chroma[2][VD_STRIPE], *previous_chroma[2][VD_STRIPE];
	uint8_t *even[VD_STRIPE]; // the luma that goes with each row of chroma
	uint8_t *before;          // one row
	uint8_t *bytes[VD_STRIPE]; // the rows of a stripe by their top 8 bits
	uint8_t *pairs;           // one row of chroma pairs
	uint16_t *line;           // one v210 row
	uint32_t *table[3];       // histograms of luma, cb and cr under way
	uint32_t *column_luma, *column_across;
	vd_block *blocks;
	vd_chroma_unit *units;
	uint32_t *sums[3], *halves[2];
} vd_scratch;

// vd_carve lays out scratch memory from base, 64-byte aligned or NULL, and returns its size.
size_t vd_carve(const vd_shape *shape, uint8_t *base, vd_scratch *out);

// vd_pass is one measurement under way.
typedef struct {
	const vd_shape *s;
	const vd_kernels *k;
	vd_scratch m;
	int wide;                  // samples take two bytes in scratch memory
	int luma_lies, chroma_lies; // rows are read where they lie in the frame
	int sx, sy;                // chroma subsampling, as shifts
	int cell;                  // log2 of the cell size
	int chroma_width, chroma_height;
	const uint8_t *plane[3][3]; // of frame, previous and before
	vd_totals *t;
	uint32_t *row_luma, *row_down, *row_difference;
	vd_cell *cells;
	vd_shrink shrink[3];
	uint16_t low, high; // of 16-bit luma
} vd_pass;

enum { VD_FRAME, VD_PREVIOUS, VD_BEFORE };

// vd_find_rows tells which rows can be read where they lie.
void vd_find_rows(vd_pass *p);

// vd_load_luma brings one row of luma into scratch memory, vd_load_chroma one of both chroma
// components; where rows can be read where they lie, they point *out there instead.
void vd_load_luma(vd_pass *p, int frame, int y, uint8_t **out);
void vd_load_chroma(vd_pass *p, int frame, int y, uint8_t **cb, uint8_t **cr);

// vd_next_row returns where a row lies that will be needed soon, for fetching it ahead; some other
// place of no consequence where there is none. height is that of the plane.
const uint8_t *vd_next_row(const vd_pass *p, int frame, int plane, int y, int height);

// vd_begin_shrink makes ready for the planes of the proxy; vd_shrink_rows adds rows of a stripe to
// plane i, and last says that no more will follow.
void vd_begin_shrink(vd_pass *p, uint8_t *const out[3]);
void vd_shrink_rows(vd_pass *p, int i, uint8_t *const *row, int rows, int last);

#endif
