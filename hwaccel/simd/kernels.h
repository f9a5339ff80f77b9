// What the stripe walk (pass.c) and the kernels (portable.c, avx2.c, avx512.c) share.
//
// A stripe in scratch memory holds samples of 8 bits for 8-bit formats and of 16 bits for all
// others. Its rows begin VD_PAD bytes into their memory, are aligned to 64 bytes and run on with
// zeros to a multiple of 64 bytes, so that a vector kernel needs no special case at the right edge.
#ifndef VEDETTE_KERNELS_H
#define VEDETTE_KERNELS_H

#include "meter.h"

#define VD_STRIPE 16 // luma rows of a stripe; also the side of a block
#define VD_TABLE (257 * 64) // bytes of a histogram under way
#define VD_SOBEL_ROW 8 // of a stripe
#define VD_PAD 64    // bytes before a row; the last one (two) repeats the first sample

// vd_block holds the sums of the 16 luma columns of one stripe that become (part of) one cell.
typedef struct {
	uint64_t square;
	uint32_t sum, difference, across, down, comb;
	// Those parts of across in columns 0, 1, 8, 15, and in 7 and 9 together; and of down in such rows.
	uint32_t left, second, middle, last, beside;
	uint32_t top, second_row, middle_row, last_row, beside_row;
} vd_block;

// vd_chroma_unit holds the sums of eight chroma columns of one stripe.
typedef struct {
	uint32_t cb, cr, difference, unused;
} vd_chroma_unit;

// vd_luma is one stripe for a luma kernel, which adds to everything it points at but the blocks,
// which it sets.
typedef struct {
	int width, rows;            // samples across, and rows of this stripe
	int parity;                 // of the first row in the picture
	int depth;
	const void *row[VD_STRIPE + 2]; // [0] is the row above, [rows+1] the row below
	const void *previous[VD_STRIPE]; // [0] is NULL where there is no previous picture
	const uint8_t *next[VD_STRIPE], *next_previous[VD_STRIPE]; // rows to fetch ahead, in the frames
	uint32_t *row_luma, *row_down, *row_difference; // rows entries each
	uint32_t *column_luma, *column_across;          // width, rounded up to 64 entries
	vd_block *blocks;                               // one for each 16 columns, rounded up to 4
	vd_totals *totals; // the squares of steps and differences, rise, brighter, darker, combs
} vd_luma;

// vd_chroma is the chroma of one stripe for a chroma kernel, which adds to totals and sets units.
typedef struct {
	int width, rows;
	int depth, black; // black: code value of black luma
	const void *cb[VD_STRIPE], *cr[VD_STRIPE];
	const void *previous_cb[VD_STRIPE], *previous_cr[VD_STRIPE]; // [0] NULL where there is none
	const uint8_t *next[4][VD_STRIPE]; // rows to fetch ahead, in the frames
	const void *luma[VD_STRIPE]; // the luma that goes with each chroma sample
	vd_chroma_unit *units;       // one for each 8 columns, rounded up to 8
	vd_totals *totals; // squares and differences of both, saturation, red
} vd_chroma;

// vd_kernels is the work that differs by level. [0] takes samples of 8 bits, [1] of 16 bits.
typedef struct {
	// in_place: these kernels read nothing before a row. Where rows of 8 bits are as long as vectors
	// need them they can then be read where they lie in the frame.
	int in_place;
	void (*luma[2])(const vd_luma *);
	void (*chroma[2])(const vd_chroma *);
	// count adds the bytes of rows to a histogram kept in VD_TABLE bytes of memory, which start as
	// zeros and are the kernel's own: [0] of 256 bins, [1] of 64 by the top 6 bits. The rows are
	// aligned and followed by zeros as those of a stripe, and there are 16 of them or fewer.
	void (*count[2])(const uint8_t *const *row, int rows, int width, uint32_t *memory);
	// counted and counted64 add to bins what count has found.
	void (*counted)(const uint32_t *memory, uint64_t bins[256]);
	void (*counted64)(const uint32_t *memory, uint64_t bins[64]);
	// sobel adds the magnitudes of the Sobel operator in columns 1 to width-2 of row, in halves and
	// rounded down, and their squares.
	void (*sobel)(const uint8_t *above, const uint8_t *row, const uint8_t *below, int width,
		uint64_t *sum, uint64_t *square);
	// narrow writes the top 8 bits of 16-bit samples.
	void (*narrow)(const uint16_t *row, int width, int shift, uint8_t *out);
	// range widens [*low, *high] to hold a row and returns how many of its samples lie above limit.
	uint32_t (*range)(const uint16_t *row, int width, uint16_t limit, uint16_t *low, uint16_t *high);
	// distance returns the sum of absolute differences of two rows.
	uint64_t (*distance[2])(const void *a, const void *b, int width);
	// even copies the samples 0, 2, 4, ... of a row: width of them.
	void (*even[2])(const void *row, int width, void *out);
	// add adds rows to sums of columns.
	void (*add[2])(const uint8_t *const *row, int rows, int width, uint32_t *sums);
	// add4 adds rows of bytes to sums of four columns each: width of them, the last of which may take
	// in zeros beyond the row.
	void (*add4)(const uint8_t *const *row, int rows, int width, uint32_t *sums);
	// halve writes the sums of pairs: width of them.
	void (*halve)(const uint32_t *sums, int width, uint32_t *out);
	// mean divides sums by n, rounding, into bytes that saturate.
	void (*mean)(const uint32_t *sums, int width, uint32_t n, uint8_t *out);
	// take copies a row of 16-bit samples out of its frame, at any address: word >> shift & mask.
	void (*take)(const uint8_t *row, int width, int shift, int mask, uint16_t *out);
	// part8 and part16 copy the firsts and seconds of interleaved pairs: width of each.
	void (*part8)(const uint8_t *row, int width, uint8_t *first, uint8_t *second);
	void (*part16)(const uint8_t *row, int width, int shift, int mask, uint16_t *first, uint16_t *second);
	// line_up lays the samples of a v210 row of 32-bit words one after another.
	void (*line_up)(const uint8_t *row, int words, uint16_t *out);
} vd_kernels;

extern const vd_kernels vd_kernels_portable;
#if defined(__x86_64__)
extern const vd_kernels vd_kernels_avx2, vd_kernels_avx512;
#endif

#endif
