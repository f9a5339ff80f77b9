#include "internal.h"

#include <errno.h>
#include <libavutil/mem.h>
#include <poll.h>
#include <unistd.h>

#define BUFFER (64 << 10)
#define TURN_MS 50 // how long a stop may wait for a pipe that says nothing

// read_some uses pread where it can, so that the descriptor's own position does not matter: it may
// be shared with another process.
static int read_some(void *opaque, uint8_t *into, int n)
{
    vef_input *in = opaque;
    while (!atomic_load(&in->stop)) {
        ssize_t got;
        if (in->size >= 0) {
            got = pread(in->fd, into, n, in->position);
        } else {
            struct pollfd p = {.fd = in->fd, .events = POLLIN};
            if (poll(&p, 1, TURN_MS) == 0)
                continue;
            got = read(in->fd, into, n);
        }
        if (got > 0) {
            in->position += got;
            return (int)got;
        }
        if (got == 0)
            return AVERROR_EOF;
        if (errno == EINTR || errno == EAGAIN)
            continue;
        in->failure = errno;
        return AVERROR(errno);
    }
    return AVERROR_EXIT;
}

static int64_t seek_to(void *opaque, int64_t offset, int whence)
{
    vef_input *in = opaque;
    switch (whence & ~AVSEEK_FORCE) {
    case AVSEEK_SIZE:
        return in->size;
    case SEEK_SET:
        break;
    case SEEK_CUR:
        offset += in->position;
        break;
    case SEEK_END:
        offset += in->size;
        break;
    default:
        return AVERROR(EINVAL);
    }
    if (offset < 0)
        return AVERROR(EINVAL);
    return in->position = offset;
}

int vef_io_open(vef_input *in)
{
    uint8_t *buffer = av_malloc(BUFFER);
    if (!buffer)
        return AVERROR(ENOMEM);
    in->io = avio_alloc_context(buffer, BUFFER, 0, in, read_some, NULL, in->size >= 0 ? seek_to : NULL);
    if (!in->io) {
        av_free(buffer);
        return AVERROR(ENOMEM);
    }
    atomic_fetch_add(&vef_count, 1);
    return 0;
}

void vef_io_close(vef_input *in)
{
    if (!in->io)
        return;
    av_freep(&in->io->buffer);
    avio_context_free(&in->io);
    atomic_fetch_sub(&vef_count, 1);
}
