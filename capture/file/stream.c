#include "internal.h"

#include <libavcodec/avcodec.h>
#include <libavutil/pixdesc.h>
#include <libavutil/samplefmt.h>
#include <stdio.h>
#include <string.h>

#define NANO 1000000000
#define MPEG_VARIABLE (0x3ffffLL * 400) // what MPEG-1 writes in place of a bit rate

void vef_describe(vef_input *in, vef_container *out)
{
    const AVFormatContext *f = in->format;
    memset(out, 0, sizeof *out);
    snprintf(out->name, sizeof out->name, "%s", f->iformat->name);
    snprintf(out->title, sizeof out->title, "%s", f->iformat->long_name ? f->iformat->long_name : "");
    if (f->duration > 0)
        out->duration_ns = av_rescale(f->duration, NANO, AV_TIME_BASE);
    out->streams = f->nb_streams;
    out->breaks = (f->iformat->flags & AVFMT_TS_DISCONT) != 0;
    out->raw = (f->iformat->flags & AVFMT_NOTIMESTAMPS) != 0;
    out->transport = !strcmp(f->iformat->name, "mpegts");
}

static int positive(AVRational r) { return r.num > 0 && r.den > 0; }

static void video(const AVStream *s, int raw, vef_stream *out)
{
    const AVCodecParameters *p = s->codecpar;
    AVRational rate = positive(s->avg_frame_rate) ? s->avg_frame_rate : s->r_frame_rate;
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(60, 10, 100)
    if (raw && positive(p->framerate)) // since then the average of a raw stream is only the demuxer's default
        rate = p->framerate;
#else
    (void)raw;
#endif
    out->kind = 1;
    out->width = p->width;
    out->height = p->height;
    out->pixel_format = av_get_pix_fmt_name(p->format);
    if (positive(rate) && av_q2d(rate) <= 1000) {
        out->rate_num = rate.num;
        out->rate_den = rate.den;
    }
}

static void audio(const AVStream *s, vef_stream *out)
{
    const AVCodecParameters *p = s->codecpar;
    out->kind = 2;
    out->sample_rate = p->sample_rate;
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(57, 28, 100)
    out->channels = p->ch_layout.nb_channels;
#else
    out->channels = p->channels;
#endif
    out->block_align = p->block_align;
    out->sample_format = av_get_sample_fmt_name(p->format);
}

static void programmes(const AVFormatContext *f, int stream, vef_stream *out)
{
    for (unsigned i = 0; i < f->nb_programs; i++)
        for (unsigned k = 0; k < f->programs[i]->nb_stream_indexes; k++)
            if ((int)f->programs[i]->stream_index[k] == stream && out->programme_count < VEF_PROGRAMMES)
                out->programmes[out->programme_count++] = f->programs[i]->id;
}

void vef_stream_at(vef_input *in, int i, vef_stream *out)
{
    const AVStream *s = in->format->streams[i];
    const AVCodecParameters *p = s->codecpar;
    memset(out, 0, sizeof *out);
    out->codec = avcodec_get_name(p->codec_id);
    const AVCodec *decoder = avcodec_find_decoder(p->codec_id);
    out->decoder_known = decoder ? decoder->name : NULL;
    out->profile = avcodec_profile_name(p->codec_id, p->profile);
    out->extra = p->extradata;
    out->extra_size = p->extradata_size;
    for (int k = 0; k < 4; k++)
        out->tag[k] = p->codec_tag >> 8 * k & 0xff;
    out->bits = p->bits_per_coded_sample;
    out->bit_rate = p->bit_rate == MPEG_VARIABLE ? 0 : p->bit_rate;
    if (s->duration != AV_NOPTS_VALUE && s->duration > 0)
        out->duration_ns = av_rescale_q(s->duration, s->time_base, (AVRational){1, NANO});
    if (s->pts_wrap_bits > 0 && s->pts_wrap_bits < 40)
        out->wrap_ns = av_rescale_q(1LL << s->pts_wrap_bits, s->time_base, (AVRational){1, NANO});
    const AVDictionaryEntry *language = av_dict_get(s->metadata, "language", NULL, 0);
    if (language)
        snprintf(out->language, sizeof out->language, "%s", language->value);
    out->picture_attached = (s->disposition & (AV_DISPOSITION_ATTACHED_PIC | AV_DISPOSITION_TIMED_THUMBNAILS)) != 0;
    out->is_default = (s->disposition & AV_DISPOSITION_DEFAULT) != 0;
    out->impaired = (s->disposition & (AV_DISPOSITION_HEARING_IMPAIRED | AV_DISPOSITION_VISUAL_IMPAIRED |
                                       AV_DISPOSITION_COMMENT | AV_DISPOSITION_DUB)) != 0;
    programmes(in->format, i, out);
    if (p->codec_type == AVMEDIA_TYPE_VIDEO)
        video(s, (in->format->iformat->flags & AVFMT_NOTIMESTAMPS) != 0, out);
    else if (p->codec_type == AVMEDIA_TYPE_AUDIO)
        audio(s, out);
}
