// A decoder of one track over libavcodec. Everything here is called by one thread at a time, one
// call a packet and one a frame; the log callback alone may come from a thread of libavcodec.
#ifndef VEDETTE_FFMPEG_DECODER_H
#define VEDETTE_FFMPEG_DECODER_H

#include <stddef.h>
#include <stdint.h>

#define VED_NO_TIME INT64_MIN // capture.NoTime
#define VED_TEXT 256          // bytes of a message, with its zero
#define VED_AGAIN 1           // nothing more until the next packet
#define VED_END 2             // drained
#define VED_UNKNOWN_FORMAT 3  // no meter knows the pixel format, nor one near it: the text names it

typedef struct ved_decoder ved_decoder;

// ved_config says what to decode. The strings and extra are only read during ved_decoder_open.
typedef struct ved_config {
    const char *codec; // libavcodec's name of the coding
    const uint8_t *extra;
    int extra_size;
    int video; // else audio
    int width, height;
    int rate, channels, bits, block_align;
    int threads;
} ved_config;

// ved_picture is one decoded picture. data points into frame, which the receiver owns and gives
// back with ved_frame_free.
typedef struct ved_picture {
    void *frame;
    void *data[3];
    int stride[3];
    int width, height;
    uint8_t layout, chroma, depth, shift; // as in package hwaccel
    uint8_t full, matrix, transfer, primaries;
    uint8_t interlaced, top_first, key;
    uint8_t corrupt;        // libavcodec's word for it
    uint8_t packet_corrupt; // the packet was marked
    uint8_t packet_key;
    uint8_t again; // a second picture from the same packet: at is not its own
    uint32_t error_flags;
    int concealed;  // macroblocks, -1 where the decoder does not count them
    int repeat;     // half frame durations that it stays longer
    int64_t at;     // as sent with its packet, VED_NO_TIME where unknown
    int64_t frame_ns; // one frame by the stream's own word, 0 where it says nothing
} ved_picture;

// ved_sound is one run of samples. The channels are valid until the next call to the decoder.
typedef struct ved_sound {
    float **channels;
    int count, samples, rate;
    int64_t at;
    char layout[64];
} ved_sound;

// ved_decoder_open returns NULL and fills text when it cannot. The caller owns the decoder.
ved_decoder *ved_decoder_open(const ved_config *config, char text[VED_TEXT]);

// ved_decoder_close frees the decoder; pictures given out stay valid.
void ved_decoder_close(ved_decoder *d);

// ved_decoder_send copies data (size > 0) into the decoder; data NULL drains it. 0 or an AVERROR.
int ved_decoder_send(ved_decoder *d, const uint8_t *data, int size, int64_t at, int key, int corrupt);

// ved_decoder_picture fetches the next picture: 0, VED_AGAIN, VED_END, VED_UNKNOWN_FORMAT or an
// AVERROR. After VED_END the decoder takes packets again.
int ved_decoder_picture(ved_decoder *d, ved_picture *out);

// ved_decoder_sound is the same for sound.
int ved_decoder_sound(ved_decoder *d, ved_sound *out);

// ved_decoder_error puts into text what libavcodec said last since the last send, or else what code means.
void ved_decoder_error(ved_decoder *d, int code, char text[VED_TEXT]);

// ved_frame_free gives a picture back. Any thread.
void ved_frame_free(void *frame);

// ved_find names the software decoder that would be used for a coding: a static string, or NULL.
const char *ved_find(const char *codec);

// ved_live counts the C objects that are not freed yet.
long ved_live(void);

// ved_version puts the version of library i (avcodec, avutil, swscale) into built and runs, and
// returns its name, NULL past the last.
const char *ved_version(int i, int built[3], int runs[3]);

// ved_release is FFmpeg's own name of its release. Static.
const char *ved_release(void);

#endif
