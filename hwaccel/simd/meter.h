// The picture meter in C. One call measures one frame: vd_measure walks the frame in stripes of
// sixteen rows, brings each stripe into a small scratch memory that stays in cache, and hands it
// to kernels for the processor at hand. What every number means is defined beside the type Sums in
// package hwaccel.
#ifndef VEDETTE_METER_H
#define VEDETTE_METER_H

#include <stddef.h>
#include <stdint.h>

enum { VD_PORTABLE, VD_AVX2, VD_AVX512 };              // levels, each faster than the one before
enum { VD_PLANAR, VD_SEMIPLANAR, VD_UYVY, VD_V210 };   // as hwaccel.Layout
enum { VD_GRAY, VD_420, VD_422, VD_444 };              // as hwaccel.Chroma

// As the constants of package hwaccel, in code values of 8 bits.
enum { VD_STEP_THRESHOLD = 10, VD_LOWEST_TOLERATED = 5, VD_HIGHEST_TOLERATED = 246, VD_RED_THRESHOLD = 24 };

// vd_shape is all that does not lie in the pixels. It holds no pointer, so Go may keep it.
typedef struct {
	int32_t level;
	int32_t width, height;
	int32_t layout, chroma, depth, shift, full;
	int32_t cell_size, cell_columns;
	int32_t box, proxy_width;
	int32_t has_previous, has_before;
	int64_t stride[3][3]; // of frame, previous and before; of each plane
} vd_shape;


// vd_chroma_totals and vd_totals mirror hwaccel.ChromaTotals and hwaccel.Totals.
typedef struct {
	uint64_t sum, square, difference;
	uint64_t histogram[64];
} vd_chroma_totals;

typedef struct {
	uint64_t sum, square, min, max;
	uint64_t histogram[256];
	uint64_t under, over;
	uint64_t across_sum, across_square, down_sum, down_square;
	uint64_t sobel, sobel_square;
	uint64_t difference, difference_square, rise, brighter, darker;
	uint64_t comb[2], cross_comb[2], before_difference[2];
	vd_chroma_totals cb, cr;
	uint64_t saturation, red;
} vd_totals;

// vd_cell mirrors hwaccel.Cell.
typedef struct {
	uint64_t square;
	uint32_t sum, difference, across, down, left, top, comb, cb, cr, chroma_difference;
	uint32_t across_second, across_last, across_middle, across_beside;
	uint32_t down_second, down_last, down_middle, down_beside;
} vd_cell;

// vd_level returns the highest level that this processor and operating system can run.
int vd_level(void);

// vd_scratch_size returns the bytes of scratch memory that vd_measure needs for a shape.
size_t vd_scratch_size(const vd_shape *shape);

// vd_measure fills the outputs, which the caller has sized for the shape and, but for cells and
// proxy, set to 0, from frames that the caller has checked. scratch has vd_scratch_size bytes, all 0 before the first call with
// this shape and left alone between calls. Everything stays the caller's; nothing is kept.
void vd_measure(const vd_shape *shape, void *scratch,
	const void *y, const void *cb, const void *cr,
	const void *py, const void *pcb, const void *pcr,
	const void *by,
	vd_totals *totals,
	uint32_t *row_luma, uint32_t *row_down, uint32_t *row_difference,
	uint32_t *column_luma, uint32_t *column_across,
	vd_cell *cells,
	uint8_t *proxy_y, uint8_t *proxy_cb, uint8_t *proxy_cr);

#endif
