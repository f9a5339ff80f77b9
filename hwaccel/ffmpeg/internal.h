// Shared by the C files of this package only.
#ifndef VEDETTE_FFMPEG_INTERNAL_H
#define VEDETTE_FFMPEG_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "compat.h"
#include "decoder.h"

struct SwsContext;

// ved_mark remembers what was sent with a packet until its picture comes out. A picture finds its
// mark by its pts, which is no time here but the number of the packet: so nothing is lost to
// rounding, to equal times or to missing ones.
typedef struct ved_mark {
    int64_t number, at;
    int concealed;
    uint8_t key, corrupt;
} ved_mark;

#define VED_MARKS 512 // more than any decoder holds back

struct ved_decoder {
    AVCodecContext *codec;
    AVPacket *packet;
    AVFrame *frame; // sound is read from it
    struct SwsContext *scaler;
    ved_mark marks[VED_MARKS];
    int64_t number;  // of the packet sent last
    int64_t shown;   // number of the picture given out last
    int counts;      // this decoder counts concealed macroblocks
    float *samples;  // converted sound
    float **channels;
    unsigned samples_size, channels_size;
    pthread_mutex_t lock; // guards text and marks[].concealed against libavcodec's threads
    char text[VED_TEXT];
};

extern atomic_long ved_count;

// ved_log_install makes FFmpeg silent on stderr and has what it says about a decoder kept there.
void ved_log_install(void);

// ved_keep makes line the text of the decoder's last error.
void ved_keep(ved_decoder *d, const char *line);

// ved_get_format picks the first format in memory. It also tells our contexts from others' in the log.
enum AVPixelFormat ved_get_format(AVCodecContext *c, const enum AVPixelFormat *formats);

// ved_describe fills the format, planes and colour of a frame: 1, or 0 when no meter knows the format.
int ved_describe(const AVFrame *f, ved_picture *out);

// ved_convert replaces *frame by a picture of the nearest format that the meters know. 0 or an AVERROR.
int ved_convert(ved_decoder *d, AVFrame **frame);

// ved_planar points d->channels at the frame's samples as floats. 0 or an AVERROR.
int ved_planar(ved_decoder *d, const AVFrame *f);

#endif
