// The table of a level, included after its kernels were defined.
const vd_kernels VD_NAME(vd_kernels) = {
	.luma = { VD_NAME(luma8), VD_NAME(luma16) },
	.chroma = { VD_NAME(chroma8), VD_NAME(chroma16) },
	.count = { VD_NAME(count), VD_NAME(count64) },
	.counted = VD_NAME(counted),
	.counted64 = VD_NAME(counted64),
	.narrow = VD_NAME(narrow),
	.range = VD_NAME(range),
	.distance = { VD_NAME(distance8), VD_NAME(distance16) },
	.even = { VD_NAME(even8), VD_NAME(even16) },
	.add = { VD_NAME(add8), VD_NAME(add16) },
	.halve = VD_NAME(halve),
	.mean = VD_NAME(mean),
	.take = VD_NAME(take),
	.part8 = VD_NAME(part8),
	.part16 = VD_NAME(part16),
	.line_up = VD_NAME(line_up),
};
