// VD_TARGET_BEGIN(features) ... VD_TARGET_END compile what lies between them for processors with
// the given features, in files that are otherwise compiled for the base line.
#ifndef VEDETTE_TARGET_H
#define VEDETTE_TARGET_H

#define VD_PRAGMA(text) _Pragma(#text)
#if defined(__clang__)
#define VD_TARGET_BEGIN(features) \
	VD_PRAGMA(clang attribute push(__attribute__((target(features))), apply_to = function))
#define VD_TARGET_END _Pragma("clang attribute pop")
#else
#define VD_TARGET_BEGIN(features) _Pragma("GCC push_options") VD_PRAGMA(GCC target(features))
#define VD_TARGET_END _Pragma("GCC pop_options")
#endif

#endif
