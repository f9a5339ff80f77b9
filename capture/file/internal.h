// Shared by the C files of this package only.
#ifndef VEDETTE_FILE_INTERNAL_H
#define VEDETTE_FILE_INTERNAL_H

#include <libavformat/avformat.h>
#include <stdatomic.h>

#include "input.h"

struct vef_input {
    AVFormatContext *format;
    AVIOContext *io;
    AVPacket *packet;
    int fd;
    int64_t size, position; // size < 0: cannot seek
    int failure;            // errno of the read that failed
    int faults;             // packets in a row that the demuxer could not make out
    atomic_int stop;
};

extern atomic_long vef_count;

// vef_io_open makes in->io over in->fd. 0 or an AVERROR.
int vef_io_open(vef_input *in);
void vef_io_close(vef_input *in);

#endif
