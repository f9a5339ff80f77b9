#include <string.h>

#include "kernels.h"

#define VD_NAME(name) name##_portable
#define VD_IN_PLACE 0
#include "rows.inc.h"
#include "count.inc.h"

#define VD_SAMPLE uint8_t
#define VD_TYPED(name) name##8_portable
#include "scalar.inc.h"
#undef VD_SAMPLE
#undef VD_TYPED

#define VD_SAMPLE uint16_t
#define VD_TYPED(name) name##16_portable
#include "scalar.inc.h"
#undef VD_SAMPLE
#undef VD_TYPED

#include "table.inc.h"
