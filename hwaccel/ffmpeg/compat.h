// What differs between the headers of FFmpeg 5.0 and 8.
#ifndef VEDETTE_FFMPEG_COMPAT_H
#define VEDETTE_FFMPEG_COMPAT_H

#include <libavcodec/avcodec.h>
#include <libavutil/channel_layout.h>
#include <libavutil/frame.h>
#include <libavutil/pixdesc.h>

// AVChannelLayout came with FFmpeg 5.1.
#define VED_NEW_LAYOUT (LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(57, 28, 100))

// The fields key_frame, interlaced_frame and top_field_first became flags in FFmpeg 6.1 and went
// away in FFmpeg 8.
#ifdef AV_FRAME_FLAG_INTERLACED
#define VED_INTERLACED(f) (((f)->flags & AV_FRAME_FLAG_INTERLACED) != 0)
#define VED_TOP_FIRST(f) (((f)->flags & AV_FRAME_FLAG_TOP_FIELD_FIRST) != 0)
#define VED_KEY(f) (((f)->flags & AV_FRAME_FLAG_KEY) != 0)
#else
#define VED_INTERLACED(f) ((f)->interlaced_frame != 0)
#define VED_TOP_FIRST(f) ((f)->top_field_first != 0)
#define VED_KEY(f) ((f)->key_frame != 0)
#endif

#if VED_NEW_LAYOUT
#define VED_CHANNELS(x) ((x)->ch_layout.nb_channels)
#else
#define VED_CHANNELS(x) ((x)->channels)
#endif

#endif
