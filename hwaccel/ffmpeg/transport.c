#include "internal.h"
#include "transport.h"

#include <libavcodec/bsf.h>
#include <libavformat/avformat.h>
#include <libavutil/mem.h>
#include <libavutil/opt.h>
#include <stdio.h>
#include <string.h>

#define BUFFER (64 * VED_TS_PACKET)
#define PADDING 64      // null packets behind the tables: by so many the size of packets is recognised
#define MOST_STREAMS 16 // more than a table of one track can name
#define MOST_LOST 1000

struct ved_transport {
    AVFormatContext *format;
    AVIOContext *io;
    AVPacket *packet;
    AVBSFContext *finder; // of a configuration that lies in the stream
    int stream;
    uint8_t *data; // what is to be read
    unsigned room;
    int size, at;
    int ended;
    uint8_t *extra;
    int extra_size;
    int heard; // a frame of sound has come
    int rate, channels;
};

static int take(void *opaque, uint8_t *into, int n)
{
    ved_transport *t = opaque;
    int left = t->size - t->at;
    if (!left)
        return t->ended ? AVERROR_EOF : AVERROR(EAGAIN);
    if (n > left)
        n = left;
    memcpy(into, t->data + t->at, n);
    t->at += n;
    return n;
}

// refuse stands where libavformat would open a file or a URL.
static int refuse(AVFormatContext *s, AVIOContext **io, const char *url, int flags, AVDictionary **options)
{
    (void)s, (void)url, (void)flags, (void)options;
    *io = NULL;
    return AVERROR(EACCES);
}

static int hold(ved_transport *t, const uint8_t *data, int size, int nulls)
{
    av_fast_malloc(&t->data, &t->room, size + nulls * VED_TS_PACKET);
    if (!t->data)
        return AVERROR(ENOMEM);
    if (size > 0)
        memcpy(t->data, data, size);
    static const uint8_t null[4] = {0x47, 0x1f, 0xff, 0x10};
    for (int i = 0; i < nulls; i++, size += VED_TS_PACKET) {
        memset(t->data + size, 0xff, VED_TS_PACKET);
        memcpy(t->data + size, null, sizeof null);
    }
    t->size = size;
    t->at = 0;
    return 0;
}

static int open_io(ved_transport *t)
{
    uint8_t *buffer = av_malloc(BUFFER);
    if (!buffer)
        return AVERROR(ENOMEM);
    t->io = avio_alloc_context(buffer, BUFFER, 0, t, take, NULL, NULL);
    if (!t->io) {
        av_free(buffer);
        return AVERROR(ENOMEM);
    }
    atomic_fetch_add(&ved_count, 1);
    return 0;
}

static int open_format(ved_transport *t)
{
    const AVInputFormat *format = av_find_input_format("mpegts");
    if (!format)
        return AVERROR_DEMUXER_NOT_FOUND;
    if (!(t->format = avformat_alloc_context()))
        return AVERROR(ENOMEM);
    t->format->pb = t->io;
    t->format->flags |= AVFMT_FLAG_CUSTOM_IO;
    t->format->io_open = refuse;
    t->format->probesize = t->size; // the tables and no more
    t->format->max_streams = MOST_STREAMS;
    av_opt_set(t->format, "protocol_whitelist", "none", 0);
    int rc = avformat_open_input(&t->format, "", format, NULL); // frees the context when it fails
    if (rc >= 0)
        atomic_fetch_add(&ved_count, 1);
    return rc;
}

// meaning names what older releases of FFmpeg do not know yet.
static const char *meaning(unsigned stream_type)
{
    switch (stream_type) {
    case 0x06: return " (private data)";
    case 0x21: return " (JPEG 2000)";
    case 0x33: return " (VVC)";
    case 0xd2: return " (AVS2)";
    case 0xd4: return " (AVS3)";
    default: return "";
    }
}

// choose finds the track; text says why there is none.
static int choose(ved_transport *t, int video, char text[VED_TEXT])
{
    enum AVMediaType wanted = video ? AVMEDIA_TYPE_VIDEO : AVMEDIA_TYPE_AUDIO;
    unsigned tag = 0;
    enum AVCodecID other = AV_CODEC_ID_NONE;
    for (unsigned i = 0; i < t->format->nb_streams; i++) {
        const AVCodecParameters *p = t->format->streams[i]->codecpar;
        if (p->codec_type == wanted && p->codec_id != AV_CODEC_ID_NONE) {
            t->stream = i;
            return 0;
        }
        tag = p->codec_tag;
        other = p->codec_id;
    }
    if (tag < 0x100)
        snprintf(text, VED_TEXT, "this FFmpeg does not know the stream_type 0x%02x%s in transport streams", tag, meaning(tag));
    else
        snprintf(text, VED_TEXT, "%s is not %s, or this FFmpeg does not know it in transport streams",
                 other == AV_CODEC_ID_NONE ? av_fourcc2str(tag) : avcodec_get_name(other), video ? "video" : "audio");
    return AVERROR_STREAM_NOT_FOUND;
}

// open_finder is for VC-1: its decoder must have the sequence header before it opens.
static int open_finder(ved_transport *t)
{
    const AVCodecParameters *p = t->format->streams[t->stream]->codecpar;
    if (p->codec_id != AV_CODEC_ID_VC1)
        return 0;
    const AVBitStreamFilter *filter = av_bsf_get_by_name("extract_extradata");
    if (!filter)
        return AVERROR_BSF_NOT_FOUND;
    int rc = av_bsf_alloc(filter, &t->finder);
    if (rc < 0)
        return rc;
    atomic_fetch_add(&ved_count, 1);
    if ((rc = avcodec_parameters_copy(t->finder->par_in, p)) < 0)
        return rc;
    return av_bsf_init(t->finder);
}

ved_transport *ved_transport_open(const uint8_t *tables, int size, int video, char text[VED_TEXT])
{
    ved_log_install();
    text[0] = 0;
    ved_transport *t = av_mallocz(sizeof *t);
    if (!t) {
        snprintf(text, VED_TEXT, "out of memory");
        return NULL;
    }
    atomic_fetch_add(&ved_count, 1);
    int rc = AVERROR(ENOMEM);
    if ((t->packet = av_packet_alloc())) {
        atomic_fetch_add(&ved_count, 1);
        rc = hold(t, tables, size, PADDING);
    }
    if (rc >= 0)
        rc = open_io(t);
    if (rc >= 0)
        rc = open_format(t);
    if (rc >= 0)
        rc = choose(t, video, text);
    if (rc >= 0)
        rc = open_finder(t);
    if (rc < 0) {
        if (!text[0])
            av_strerror(rc, text, VED_TEXT);
        ved_transport_close(t);
        return NULL;
    }
    return t;
}

void ved_transport_close(ved_transport *t)
{
    atomic_fetch_sub(&ved_count, 1 + (t->packet != NULL) + (t->io != NULL) + (t->format != NULL) + (t->finder != NULL));
    avformat_close_input(&t->format);
    if (t->io)
        av_freep(&t->io->buffer);
    avio_context_free(&t->io);
    av_packet_free(&t->packet);
    av_bsf_free(&t->finder);
    av_freep(&t->data);
    av_freep(&t->extra);
    av_free(t);
}

void ved_transport_describe(ved_transport *t, ved_coded *out)
{
    const AVCodecParameters *p = t->format->streams[t->stream]->codecpar;
    *out = (ved_coded){
        .codec = avcodec_get_name(p->codec_id),
        .waits = t->finder ? !t->extra : p->codec_type == AVMEDIA_TYPE_AUDIO && !t->heard,
        .extra = t->extra ? t->extra : p->extradata,
        .extra_size = t->extra ? t->extra_size : p->extradata_size,
        .rate = t->rate,
        .channels = t->channels,
    };
}

int ved_transport_write(ved_transport *t, const uint8_t *data, int size)
{
    t->io->eof_reached = 0; // it had only read all that there was
    t->io->error = 0;
    t->ended = !data;
    return hold(t, data, data ? size : 0, 0);
}

// find keeps the configuration that a packet brings.
static int find(ved_transport *t)
{
    int rc = av_bsf_send_packet(t->finder, t->packet);
    if (rc >= 0)
        rc = av_bsf_receive_packet(t->finder, t->packet);
    if (rc < 0) {
        av_packet_unref(t->packet);
        return rc;
    }
    size_t size = 0;
    const uint8_t *found = av_packet_get_side_data(t->packet, AV_PKT_DATA_NEW_EXTRADATA, &size);
    if (!found || !size || size > 1 << 16 || t->extra)
        return 0;
    if (!(t->extra = av_memdup(found, size)))
        return AVERROR(ENOMEM);
    t->extra_size = (int)size;
    return 0;
}

// listen learns the rate and the channels from the head of a frame of sound: some decoders rely on
// having been told.
static void listen(ved_transport *t)
{
    t->heard = 1;
    enum AVCodecID id = t->format->streams[t->stream]->codecpar->codec_id;
    AVCodecParserContext *parser = av_parser_init(id);
    AVCodecContext *c = avcodec_alloc_context3(NULL);
    const uint8_t *data = t->packet->data;
    // A parser that has found the first head takes nothing in that call.
    for (int left = t->packet->size, n, turn = 0; parser && c && left > 0 && turn < 16; data += n, left -= n, turn++) {
        uint8_t *out;
        int size;
        c->codec_type = AVMEDIA_TYPE_AUDIO;
        c->codec_id = id;
        n = av_parser_parse2(parser, c, &out, &size, data, left, AV_NOPTS_VALUE, AV_NOPTS_VALUE, 0);
        if (n < 0)
            break;
    }
    if (c && c->sample_rate > 0 && VED_CHANNELS(c) > 0 && VED_CHANNELS(c) <= 64) {
        t->rate = c->sample_rate;
        t->channels = VED_CHANNELS(c);
    }
    avcodec_free_context(&c);
    av_parser_close(parser);
}

int ved_transport_read(ved_transport *t, ved_unit *out)
{
    for (int lost = 0;;) {
        av_packet_unref(t->packet);
        int rc = av_read_frame(t->format, t->packet);
        if (rc == AVERROR(EAGAIN) && t->at < t->size && lost++ < MOST_LOST) // it is out of step, and goes on behind
            continue;
        if (rc == AVERROR(EAGAIN))
            return VED_AGAIN;
        if (rc == AVERROR_EOF)
            return VED_END;
        if (rc < 0)
            return rc;
        if (t->packet->stream_index != t->stream || !t->packet->size)
            continue;
        if (t->finder && (rc = find(t)) < 0)
            return rc;
        break;
    }
    if (!t->heard && t->format->streams[t->stream]->codecpar->codec_type == AVMEDIA_TYPE_AUDIO)
        listen(t);
    const AVPacket *p = t->packet;
    *out = (ved_unit){
        .data = p->data,
        .size = p->size,
        .pts = p->pts == AV_NOPTS_VALUE ? VED_NO_TIME : p->pts & ((1LL << 33) - 1),
        .key = (p->flags & AV_PKT_FLAG_KEY) != 0,
        .corrupt = (p->flags & AV_PKT_FLAG_CORRUPT) != 0,
    };
    return 0;
}

void ved_transport_error(int code, char text[VED_TEXT]) { av_strerror(code, text, VED_TEXT); }
