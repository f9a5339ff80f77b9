#include "internal.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavutil/log.h>
#include <libavutil/mem.h>
#include <libavutil/opt.h>
#include <stdio.h>
#include <string.h>

#define PROBE_FORMAT (1 << 20)   // bytes to look at for the format
#define PROBE_STREAMS (8 << 20)  // and for the streams in it
#define PROBE_TIME (5 * AV_TIME_BASE)
#define MOST_STREAMS 256
#define MOST_FAULTS 64

atomic_long vef_count;

long vef_live(void) { return atomic_load(&vef_count); }

vef_input *vef_new(int fd, int64_t size)
{
    vef_input *in = av_mallocz(sizeof *in);
    if (!in)
        return NULL;
    atomic_fetch_add(&vef_count, 1);
    in->fd = fd;
    in->size = size;
    return in;
}

void vef_stop(vef_input *in) { atomic_store(&in->stop, 1); }

int64_t vef_position(vef_input *in) { return in->position; }

static int stopped(void *opaque) { return atomic_load(&((vef_input *)opaque)->stop); }

// refuse stands where libavformat would open another file or a URL.
static int refuse(AVFormatContext *s, AVIOContext **io, const char *url, int flags, AVDictionary **options)
{
    (void)s, (void)url, (void)flags, (void)options;
    *io = NULL;
    return AVERROR(EACCES);
}

// tell sorts what went wrong; rc is an AVERROR.
static int tell(vef_input *in, vef_trouble *why, int kind, int rc)
{
    why->kind = kind;
    why->code = in->failure;
    if (atomic_load(&in->stop) || rc == AVERROR_EXIT)
        why->kind = VEF_STOPPED;
    else if (in->failure)
        why->kind = VEF_READ;
    else if (rc == AVERROR(ENOMEM))
        why->kind = VEF_NO_MEMORY;
    av_strerror(rc, why->text, sizeof why->text);
    return why->kind;
}

static int named(const char *name, const char *const *list)
{
    for (; *list; list++)
        if (!strcmp(name, *list))
            return 1;
    return 0;
}

// sort_out says what a format is to us beyond its name: VEF_OK, or why it is not taken.
static int sort_out(const char *name)
{
    static const char *const refer[] = {"hls", "hls,applehttp", "applehttp", "concat", "dash", "sdp", "rtsp",
                                        "imf", "webm_dash_manifest", "redir", NULL};
    static const char *const text[] = {"tty", "bin", "xbin", "adf", "idf", "ffmetadata", NULL};
    static const char *const still[] = {"image2", "image2pipe", "ico", NULL};
    size_t n = strlen(name);
    if (named(name, refer))
        return VEF_REFERS;
    if (named(name, text))
        return VEF_UNKNOWN;
    if (named(name, still) || (n > 5 && !strcmp(name + n - 5, "_pipe")))
        return VEF_STILL;
    return VEF_OK;
}

static AVFormatContext *new_format(vef_input *in)
{
    AVFormatContext *f = avformat_alloc_context();
    if (!f)
        return NULL;
    f->pb = in->io;
    f->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_GENPTS;
    f->interrupt_callback = (AVIOInterruptCB){stopped, in};
    f->io_open = refuse;
    av_opt_set(f, "protocol_whitelist", "none", 0);
    f->probesize = PROBE_STREAMS;
    f->max_analyze_duration = PROBE_TIME;
    f->max_streams = MOST_STREAMS;
    return f;
}

int vef_open(vef_input *in, const char *name, vef_trouble *why)
{
    memset(why, 0, sizeof *why);
    // Another part of the process may take the log; who does not must not have FFmpeg on stderr.
    av_log_set_level(AV_LOG_QUIET);
    if (!(in->packet = av_packet_alloc()))
        return tell(in, why, VEF_NO_MEMORY, AVERROR(ENOMEM));
    atomic_fetch_add(&vef_count, 1);
    int rc = vef_io_open(in);
    if (rc < 0)
        return tell(in, why, VEF_NO_MEMORY, rc);
    const AVInputFormat *format = NULL;
    rc = av_probe_input_buffer2(in->io, &format, name, NULL, 0, PROBE_FORMAT);
    if (rc < 0 || !format)
        return tell(in, why, VEF_UNKNOWN, rc);
    snprintf(why->format, sizeof why->format, "%s", format->name);
    int kind = sort_out(format->name);
    if (kind != VEF_OK)
        return tell(in, why, kind, AVERROR_INVALIDDATA);
    if (!(in->format = new_format(in)))
        return tell(in, why, VEF_NO_MEMORY, AVERROR(ENOMEM));
    // Frees the context when it fails, and leaves the pointer NULL.
    if ((rc = avformat_open_input(&in->format, name, format, NULL)) < 0)
        return tell(in, why, VEF_BROKEN, rc);
    atomic_fetch_add(&vef_count, 1);
    rc = avformat_find_stream_info(in->format, NULL);
    if (rc < 0 || stopped(in))
        return tell(in, why, VEF_BROKEN, rc);
    return VEF_OK;
}

void vef_want(vef_input *in, int video, int audio)
{
    for (int i = 0; i < (int)in->format->nb_streams; i++)
        in->format->streams[i]->discard = i == video || i == audio ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
}

// skip_ns reads from a packet's side data how much sound at its start the encoder put in only to
// get going.
static int64_t skip_ns(const AVPacket *p, int rate)
{
    size_t size = 0;
    const uint8_t *side = av_packet_get_side_data(p, AV_PKT_DATA_SKIP_SAMPLES, &size);
    if (!side || size < 10 || rate <= 0)
        return 0;
    uint32_t samples = side[0] | side[1] << 8 | side[2] << 16 | (uint32_t)side[3] << 24;
    return samples > 1u << 24 ? 0 : av_rescale(samples, 1000000000, rate);
}

static int64_t nano(int64_t t, AVRational base)
{
    if (t == AV_NOPTS_VALUE)
        return VEF_NO_TIME;
    return av_rescale_q(t, base, (AVRational){1, 1000000000});
}

int vef_read(vef_input *in, vef_packet *out, vef_trouble *why)
{
    for (;;) {
        av_packet_unref(in->packet);
        int rc = av_read_frame(in->format, in->packet);
        if (rc >= 0)
            break;
        // What the demuxer cannot make out is skipped, as long as it gets on.
        if (rc == AVERROR(EAGAIN) || (rc == AVERROR_INVALIDDATA && !in->failure))
            if (++in->faults < MOST_FAULTS && !stopped(in) && !avio_feof(in->io))
                continue;
        if (rc == AVERROR_EOF && !in->failure)
            return tell(in, why, VEF_END, rc);
        return tell(in, why, avio_feof(in->io) ? VEF_END : VEF_BROKEN, rc);
    }
    in->faults = 0;
    const AVPacket *p = in->packet;
    const AVStream *s = in->format->streams[p->stream_index];
    size_t extra_size = 0;
    const uint8_t *extra = av_packet_get_side_data(p, AV_PKT_DATA_NEW_EXTRADATA, &extra_size);
    *out = (vef_packet){
        .extra = extra,
        .extra_size = extra ? (int)extra_size : 0,
        .stream = p->stream_index,
        .data = p->data,
        .size = p->size,
        .pts = nano(p->pts, s->time_base),
        .dts = nano(p->dts, s->time_base),
        .duration = p->duration > 0 ? nano(p->duration, s->time_base) : 0,
        .skip = skip_ns(p, s->codecpar->sample_rate),
        .key = (p->flags & AV_PKT_FLAG_KEY) != 0,
        .corrupt = (p->flags & AV_PKT_FLAG_CORRUPT) != 0,
        .discard = (p->flags & AV_PKT_FLAG_DISCARD) != 0,
    };
    return VEF_OK;
}

void vef_close(vef_input *in)
{
    atomic_fetch_sub(&vef_count, 1 + (in->packet != NULL) + (in->format != NULL));
    avformat_close_input(&in->format);
    vef_io_close(in);
    av_packet_free(&in->packet);
    av_free(in);
}
