#include "internal.h"

#include <libavutil/mem.h>
#include <libavutil/opt.h>
#include <libswscale/swscale.h>
#include <stdio.h>
#include <string.h>

#define MAX_PIXELS (8192LL * 8192) // 8K and some; a hostile header must not take all memory
#define MAX_SAMPLES (1 << 20)      // in one packet of sound
#define NANO 1000000000

atomic_long ved_count;

long ved_live(void) { return atomic_load(&ved_count); }

enum AVPixelFormat ved_get_format(AVCodecContext *c, const enum AVPixelFormat *formats)
{
    (void)c;
    for (; *formats != AV_PIX_FMT_NONE; formats++)
        if (!(av_pix_fmt_desc_get(*formats)->flags & AV_PIX_FMT_FLAG_HWACCEL))
            return *formats;
    return AV_PIX_FMT_NONE;
}

static const AVCodec *find(const char *name)
{
    const AVCodecDescriptor *wanted = avcodec_descriptor_get_by_name(name);
    if (!wanted)
        return NULL;
    const AVCodec *c, *experimental = NULL;
    void *i = NULL;
    while ((c = av_codec_iterate(&i))) {
        if (c->id != wanted->id || !av_codec_is_decoder(c))
            continue;
        if (c->capabilities & (AV_CODEC_CAP_HARDWARE | AV_CODEC_CAP_HYBRID))
            continue;
        if (c->id == AV_CODEC_ID_AV1 && !strcmp(c->name, "av1"))
            continue; // parses only: the pictures would have to come from hardware
        if (!(c->capabilities & AV_CODEC_CAP_EXPERIMENTAL))
            return c;
        if (!experimental)
            experimental = c;
    }
    return experimental;
}

const char *ved_find(const char *codec)
{
    const AVCodec *c = find(codec);
    return c ? c->name : NULL;
}

// counts tells the decoders that go through libavcodec's error_resilience.c, which logs its counts.
static int counts(enum AVCodecID id)
{
    switch (id) {
    case AV_CODEC_ID_H264:
    case AV_CODEC_ID_MPEG1VIDEO:
    case AV_CODEC_ID_MPEG2VIDEO:
    case AV_CODEC_ID_MPEG4:
    case AV_CODEC_ID_H263:
    case AV_CODEC_ID_VC1:
    case AV_CODEC_ID_WMV3:
        return 1;
    default:
        return 0;
    }
}

static int set_extra(AVCodecContext *c, const ved_config *config)
{
    if (c->codec_id == AV_CODEC_ID_RAWVIDEO) { // Extra is the name of the pixel format
        char name[64];
        snprintf(name, sizeof name, "%.*s", config->extra_size, (const char *)config->extra);
        c->pix_fmt = av_get_pix_fmt(name);
        return c->pix_fmt == AV_PIX_FMT_NONE ? AVERROR(EINVAL) : 0;
    }
    if (c->codec_id == AV_CODEC_ID_PRORES && config->extra_size == 4) { // Extra is the FourCC: it has the profile
        const uint8_t *e = config->extra;
        c->codec_tag = MKTAG(e[0], e[1], e[2], e[3]);
        return 0;
    }
    if (!config->extra_size)
        return 0;
    c->extradata = av_mallocz(config->extra_size + AV_INPUT_BUFFER_PADDING_SIZE);
    if (!c->extradata)
        return AVERROR(ENOMEM);
    memcpy(c->extradata, config->extra, config->extra_size);
    c->extradata_size = config->extra_size;
    return 0;
}

static void set_sound(AVCodecContext *c, const ved_config *config)
{
    c->sample_rate = config->rate;
    c->bits_per_coded_sample = config->bits;
    c->block_align = config->block_align;
    c->max_samples = MAX_SAMPLES;
    c->pkt_timebase = (AVRational){1, NANO}; // lets libavcodec move the time of a frame it cuts
#if VED_NEW_LAYOUT
    if (config->channels > 0)
        av_channel_layout_default(&c->ch_layout, config->channels);
#else
    c->channels = config->channels;
    c->channel_layout = av_get_default_channel_layout(config->channels);
#endif
}

static void set_video(AVCodecContext *c, const ved_config *config)
{
    c->width = c->coded_width = config->width;
    c->height = c->coded_height = config->height;
    c->max_pixels = MAX_PIXELS;
    // Pictures before the first recovery point come out marked; the Go side decides about them.
    // Unaligned: the crop is kept to the pixel.
    c->flags |= AV_CODEC_FLAG_OUTPUT_CORRUPT | AV_CODEC_FLAG_UNALIGNED;
    c->skip_alpha = 1;
    // Slices in parallel add no delay, frames in parallel would add one frame a thread.
    c->thread_count = config->threads;
    c->thread_type = FF_THREAD_SLICE;
    if (!strcmp(c->codec->name, "libdav1d")) { // its own threads have their own delay
        if (av_opt_set_int(c->priv_data, "max_frame_delay", 1, 0) < 0) // since FFmpeg 6
            av_opt_set_int(c->priv_data, "framethreads", 1, 0);
    }
}

static int setup(ved_decoder *d, const ved_config *config, const AVCodec *codec)
{
    if (!(d->packet = av_packet_alloc()))
        return AVERROR(ENOMEM);
    atomic_fetch_add(&ved_count, 1);
    if (!(d->frame = av_frame_alloc()))
        return AVERROR(ENOMEM);
    atomic_fetch_add(&ved_count, 1);
    if (!(d->codec = avcodec_alloc_context3(codec)))
        return AVERROR(ENOMEM);
    atomic_fetch_add(&ved_count, 1);
    AVCodecContext *c = d->codec;
    c->opaque = d;
    c->get_format = ved_get_format;
    int rc = set_extra(c, config);
    if (rc < 0)
        return rc;
    if (config->video)
        set_video(c, config);
    else
        set_sound(c, config);
    return avcodec_open2(c, codec, NULL);
}

ved_decoder *ved_decoder_open(const ved_config *config, char text[VED_TEXT])
{
    ved_log_install();
    const AVCodec *codec = find(config->codec);
    if (!codec) {
        snprintf(text, VED_TEXT, "this FFmpeg has no software decoder for it");
        return NULL;
    }
    if ((codec->type == AVMEDIA_TYPE_VIDEO) != (config->video != 0)) {
        snprintf(text, VED_TEXT, "it is not a coding of %s", config->video ? "video" : "audio");
        return NULL;
    }
    ved_decoder *d = av_mallocz(sizeof *d);
    if (!d) {
        snprintf(text, VED_TEXT, "out of memory");
        return NULL;
    }
    atomic_fetch_add(&ved_count, 1);
    pthread_mutex_init(&d->lock, NULL);
    d->counts = counts(codec->id);
    d->shown = -1;
    int rc = setup(d, config, codec);
    if (rc < 0) {
        ved_decoder_error(d, rc, text);
        ved_decoder_close(d);
        return NULL;
    }
    return d;
}

void ved_decoder_close(ved_decoder *d)
{
    atomic_fetch_sub(&ved_count, 1 + (d->packet != NULL) + (d->frame != NULL) + (d->codec != NULL) +
                                     (d->scaler != NULL));
    avcodec_free_context(&d->codec); // first: its threads may still log
    av_packet_free(&d->packet);
    av_frame_free(&d->frame);
    sws_freeContext(d->scaler);
    av_freep(&d->samples);
    av_freep(&d->channels);
    pthread_mutex_destroy(&d->lock);
    av_free(d);
}

int ved_decoder_send(ved_decoder *d, const uint8_t *data, int size, int64_t at, int key, int corrupt)
{
    pthread_mutex_lock(&d->lock);
    d->text[0] = 0;
    pthread_mutex_unlock(&d->lock);
    if (!data)
        return avcodec_send_packet(d->codec, NULL);
    int rc = av_new_packet(d->packet, size); // padded and zeroed behind, as decoders over-read
    if (rc < 0)
        return rc;
    memcpy(d->packet->data, data, size);
    d->packet->flags = (key ? AV_PKT_FLAG_KEY : 0) | (corrupt ? AV_PKT_FLAG_CORRUPT : 0);
    if (d->codec->codec_type == AVMEDIA_TYPE_VIDEO) {
        pthread_mutex_lock(&d->lock);
        int64_t n = ++d->number;
        d->marks[n % VED_MARKS] = (ved_mark){.number = n, .at = at, .key = key != 0, .corrupt = corrupt != 0};
        pthread_mutex_unlock(&d->lock);
        d->packet->pts = n;
    } else {
        d->packet->pts = at == VED_NO_TIME ? AV_NOPTS_VALUE : at;
    }
    rc = avcodec_send_packet(d->codec, d->packet);
    av_packet_unref(d->packet);
    return rc;
}

// receive maps libavcodec's answers and makes a drained decoder ready for more.
static int receive(ved_decoder *d, AVFrame *f)
{
    int rc = avcodec_receive_frame(d->codec, f);
    if (rc == AVERROR(EAGAIN))
        return VED_AGAIN;
    if (rc == AVERROR_EOF) {
        avcodec_flush_buffers(d->codec);
        return VED_END;
    }
    return rc;
}

// recall fills what was sent with the packet of this picture.
static void recall(ved_decoder *d, const AVFrame *f, ved_picture *out)
{
    out->at = VED_NO_TIME;
    out->concealed = -1;
    if (f->pts == AV_NOPTS_VALUE || f->pts < 1)
        return;
    pthread_mutex_lock(&d->lock);
    ved_mark m = d->marks[f->pts % VED_MARKS];
    pthread_mutex_unlock(&d->lock);
    if (m.number != f->pts)
        return;
    out->at = m.at;
    out->packet_key = m.key;
    out->packet_corrupt = m.corrupt;
    out->again = d->shown == f->pts;
    d->shown = f->pts;
    // Flagged and nothing counted: another user of FFmpeg in this process has taken its log.
    if (d->counts && !(m.concealed == 0 && (f->decode_error_flags & FF_DECODE_ERROR_CONCEALMENT_ACTIVE)))
        out->concealed = m.concealed;
}

int ved_decoder_picture(ved_decoder *d, ved_picture *out)
{
    AVFrame *f = av_frame_alloc();
    if (!f)
        return AVERROR(ENOMEM);
    atomic_fetch_add(&ved_count, 1);
    int rc = receive(d, f);
    if (rc) {
        ved_frame_free(f);
        return rc;
    }
    memset(out, 0, sizeof *out);
    recall(d, f, out);
    out->interlaced = VED_INTERLACED(f);
    out->top_first = VED_TOP_FIRST(f);
    out->key = VED_KEY(f);
    out->corrupt = (f->flags & AV_FRAME_FLAG_CORRUPT) != 0;
    out->error_flags = f->decode_error_flags;
    out->repeat = f->repeat_pict;
    AVRational rate = d->codec->framerate;
    if (rate.num > 0 && rate.den > 0 && av_q2d(rate) <= 1000)
        out->frame_ns = av_rescale(NANO, rate.den, rate.num);
    if (!ved_describe(f, out)) {
        rc = ved_convert(d, &f);
        if (rc >= 0 && !ved_describe(f, out))
            rc = AVERROR_BUG;
        if (rc < 0) {
            if (rc == AVERROR(ENOSYS)) {
                const char *name = av_get_pix_fmt_name(f->format);
                ved_keep(d, name ? name : "unknown");
                rc = VED_UNKNOWN_FORMAT;
            }
            ved_frame_free(f);
            return rc;
        }
    }
    out->frame = f;
    return 0;
}

int ved_decoder_sound(ved_decoder *d, ved_sound *out)
{
    av_frame_unref(d->frame);
    int rc = receive(d, d->frame);
    if (rc)
        return rc;
    AVFrame *f = d->frame;
    if ((rc = ved_planar(d, f)) < 0)
        return rc;
    out->channels = d->channels;
    out->count = VED_CHANNELS(f);
    out->samples = f->nb_samples;
    out->rate = f->sample_rate;
    out->at = f->pts == AV_NOPTS_VALUE ? VED_NO_TIME : f->pts;
#if VED_NEW_LAYOUT
    AVChannelLayout known = {0};
    const AVChannelLayout *layout = &f->ch_layout;
    if (layout->order == AV_CHANNEL_ORDER_UNSPEC) {
        av_channel_layout_default(&known, layout->nb_channels);
        layout = &known;
    }
    if (av_channel_layout_describe(layout, out->layout, sizeof out->layout) < 0)
        out->layout[0] = 0;
    av_channel_layout_uninit(&known);
#else
    uint64_t mask = f->channel_layout ? f->channel_layout : av_get_default_channel_layout(f->channels);
    av_get_channel_layout_string(out->layout, sizeof out->layout, f->channels, mask);
#endif
    return 0;
}

void ved_frame_free(void *frame)
{
    AVFrame *f = frame;
    av_frame_free(&f);
    atomic_fetch_sub(&ved_count, 1);
}
