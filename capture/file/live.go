package file

// #include "input.h"
import "C"

// Live counts the C objects that are not freed yet. Tests end at 0.
func Live() int { return int(C.vef_live()) }
