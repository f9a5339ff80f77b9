// A demultiplexer over libavformat for one track of an MPEG transport stream that lies in memory. It
// opens nothing, and is called by one thread at a time.
#ifndef VEDETTE_FFMPEG_TRANSPORT_H
#define VEDETTE_FFMPEG_TRANSPORT_H

#include "decoder.h"

#define VED_TS_PACKET 188

typedef struct ved_transport ved_transport;

// ved_coded says what the track is. The strings live as long as the transport.
typedef struct ved_coded {
    const char *codec; // libavcodec's name of the coding
    int waits;         // more of the stream must come before its decoder can be opened
    const uint8_t *extra;
    int extra_size;
    int rate, channels; // 0 where they are not known
} ved_coded;

// ved_unit is one coded picture or frame of sound, valid until the next call.
typedef struct ved_unit {
    const uint8_t *data;
    int size;
    int64_t pts; // in units of 90 kHz modulo 2^33, VED_NO_TIME where it has none
    int key, corrupt;
} ved_unit;

// ved_transport_open reads the tables, whole packets of PAT and PMT, and takes the first track of video
// or else of audio that they list. It returns NULL and fills text when there is none. The caller owns it.
ved_transport *ved_transport_open(const uint8_t *tables, int size, int video, char text[VED_TEXT]);

void ved_transport_close(ved_transport *t);

// ved_transport_describe says what the track is, as far as it is known by now.
void ved_transport_describe(ved_transport *t, ved_coded *out);

// ved_transport_write copies whole packets into the transport, to be read; data NULL ends the stream
// for the time being: what is held back comes out. 0 or an AVERROR.
int ved_transport_write(ved_transport *t, const uint8_t *data, int size);

// ved_transport_read fetches the next unit: 0, VED_AGAIN when all that was written is read, VED_END
// after the end, or an AVERROR.
int ved_transport_read(ved_transport *t, ved_unit *out);

// ved_transport_error puts into text what code means.
void ved_transport_error(int code, char text[VED_TEXT]);

#endif
