// Histograms one sample at a time, for levels without a better way. Eight samples are read at once
// and go to four tables, so that equal neighbours do not wait for each other's counter.

static void VD_NAME(count)(const uint8_t *const *row, int rows, int width, uint32_t *memory)
{
	uint32_t (*table)[256] = (uint32_t (*)[256])memory;
	for (int y = 0; y < rows; y++) {
		int x = 0;
		for (; x + 8 <= width; x += 8) {
			uint64_t eight;
			memcpy(&eight, row[y] + x, 8);
			for (int i = 0; i < 8; i++)
				table[i & 3][(uint8_t)(eight >> (8 * i))]++;
		}
		for (; x < width; x++)
			table[0][row[y][x]]++;
	}
}

static void VD_NAME(counted)(const uint32_t *memory, uint64_t bins[256])
{
	for (int i = 0; i < 256; i++)
		for (int j = 0; j < 4; j++)
			bins[i] += memory[j * 256 + i];
}

static void VD_NAME(counted64)(const uint32_t *memory, uint64_t bins[64])
{
	for (int i = 0; i < 256; i++)
		for (int j = 0; j < 4; j++)
			bins[i >> 2] += memory[j * 256 + i];
}

#define count64_portable count_portable
#define count64_avx2 count_avx2
