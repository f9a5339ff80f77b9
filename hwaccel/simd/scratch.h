// The scratch memory of one measurement.
#ifndef VEDETTE_SCRATCH_H
#define VEDETTE_SCRATCH_H

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

#endif
