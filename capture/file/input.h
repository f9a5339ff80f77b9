// A demultiplexer over libavformat that reads one file descriptor and opens nothing else. One
// thread at a time, but for vef_stop.
#ifndef VEDETTE_FILE_INPUT_H
#define VEDETTE_FILE_INPUT_H

#include <stdint.h>

#define VEF_NO_TIME INT64_MIN // capture.NoTime
#define VEF_TEXT 256          // bytes of a message, with its zero
#define VEF_PROGRAMMES 16     // of one stream, the rest is not told

// What stands in the way of reading.
enum {
    VEF_OK,
    VEF_END,        // the end of the file, or of what can be read of it
    VEF_STOPPED,    // vef_stop was called
    VEF_NO_MEMORY,
    VEF_READ,       // the descriptor cannot be read: code is errno
    VEF_UNKNOWN,    // no format of FFmpeg's
    VEF_REFERS,     // a playlist or description: it names other files or streams
    VEF_STILL,      // one picture
    VEF_BROKEN,     // a known format that cannot be opened or read on: text says how
};

typedef struct vef_input vef_input;

typedef struct vef_trouble {
    int kind, code;
    char format[64];      // short name of the format, where one was found
    char text[VEF_TEXT];
} vef_trouble;

typedef struct vef_container {
    char name[64], title[128];
    int64_t duration_ns; // 0 where unknown
    int streams;
    int breaks; // its timestamps may break off and start elsewhere
    int raw;    // it has no timestamps
    int transport; // MPEG-TS: a damaged packet is one with a gap in the continuity counter
} vef_container;

typedef struct vef_stream {
    int kind; // 1 video, 2 audio, 0 something else
    const char *codec;         // static
    const char *decoder_known; // static; NULL when this FFmpeg cannot decode it
    const char *pixel_format;  // static or NULL
    const char *sample_format; // static or NULL
    const char *profile;       // static or NULL
    const uint8_t *extra;      // valid until vef_close
    int extra_size;
    int width, height;
    int rate_num, rate_den; // average frame rate, 0/0 where unknown
    int sample_rate, channels, bits, block_align;
    int64_t bit_rate, duration_ns, wrap_ns;
    int programmes[VEF_PROGRAMMES], programme_count;
    int picture_attached, is_default, impaired;
    char language[32], tag[8]; // tag: the FourCC
} vef_stream;

typedef struct vef_packet {
    int stream, size;
    const uint8_t *data;  // valid until the next vef_read
    const uint8_t *extra; // a new codec configuration from this packet on, or NULL; valid as long
    int extra_size;
    int64_t pts, dts, duration, skip; // nanoseconds; skip: decoded sound at its start that is not for hearing
    int key, corrupt, discard;
} vef_packet;

// vef_new makes an input over fd, which stays the caller's. size < 0: it cannot seek. NULL: no memory.
vef_input *vef_new(int fd, int64_t size);

// vef_open finds out what it is; name (a base name) helps to guess the format.
int vef_open(vef_input *in, const char *name, vef_trouble *why);

void vef_describe(vef_input *in, vef_container *out);
void vef_stream_at(vef_input *in, int i, vef_stream *out);

// vef_want has only these streams read, -1 for none.
void vef_want(vef_input *in, int video, int audio);

int vef_read(vef_input *in, vef_packet *out, vef_trouble *why);

// vef_position is how many bytes have been read up to, for messages.
int64_t vef_position(vef_input *in);

// vef_stop makes a call that waits return soon, and every later one at once. Any thread.
void vef_stop(vef_input *in);

// vef_close frees everything; not fd.
void vef_close(vef_input *in);

// vef_live counts the C objects that are not freed yet.
long vef_live(void);

#endif
