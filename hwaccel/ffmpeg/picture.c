#include "internal.h"

#include <libswscale/swscale.h>

// The numbers of package hwaccel.
enum { GRAY, C420, C422, C444 };
enum { PLANAR, SEMI_PLANAR, UYVY };

// full says whether code values use the whole range.
static int full(const AVFrame *f)
{
    switch (f->format) {
    case AV_PIX_FMT_YUVJ420P:
    case AV_PIX_FMT_YUVJ422P:
    case AV_PIX_FMT_YUVJ444P:
    case AV_PIX_FMT_YUVJ440P:
    case AV_PIX_FMT_YUVJ411P:
        return 1;
    default:
        return f->color_range == AVCOL_RANGE_JPEG;
    }
}

// lie says how the planes of a format lie: PLANAR, SEMI_PLANAR, or -1 for another way.
static int lie(const AVPixFmtDescriptor *d, int bytes)
{
    const AVComponentDescriptor *c = d->comp;
    if (c[0].plane != 0 || c[0].step != bytes || c[0].offset != 0)
        return -1;
    if (d->nb_components < 3)
        return d->nb_components == 1 ? PLANAR : -1;
    for (int i = 1; i < 3; i++)
        if (c[i].depth != c[0].depth || c[i].shift != c[0].shift)
            return -1;
    if (c[1].plane == 1 && c[2].plane == 2 && c[1].step == bytes && c[2].step == bytes)
        return PLANAR;
    if (c[1].plane == 1 && c[2].plane == 1 && c[1].step == 2 * bytes && c[1].offset == 0 && c[2].offset == bytes)
        return SEMI_PLANAR;
    return -1;
}

static int describe_format(enum AVPixelFormat format, ved_picture *out)
{
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(format);
    const uint64_t strange = AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BITSTREAM |
                             AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_BAYER | AV_PIX_FMT_FLAG_FLOAT;
    if (!d || d->flags & strange)
        return 0;
    out->depth = d->comp[0].depth;
    out->shift = d->comp[0].shift;
    if (format == AV_PIX_FMT_UYVY422) {
        out->layout = UYVY;
        out->chroma = C422;
        return 1;
    }
    if (out->depth < 8 || out->depth > 16 || (out->depth > 8 && d->flags & AV_PIX_FMT_FLAG_BE))
        return 0;
    int layout = lie(d, out->depth > 8 ? 2 : 1);
    if (layout < 0)
        return 0;
    out->layout = layout;
    int w = d->log2_chroma_w, h = d->log2_chroma_h;
    if (d->nb_components == 1)
        out->chroma = GRAY;
    else if (w == 1 && h == 1)
        out->chroma = C420;
    else if (w == 1 && h == 0)
        out->chroma = C422;
    else if (w == 0 && h == 0)
        out->chroma = C444;
    else
        return 0;
    return 1;
}

int ved_describe(const AVFrame *f, ved_picture *out)
{
    if (!describe_format(f->format, out))
        return 0;
    int planes = out->layout == UYVY || out->chroma == GRAY ? 1 : out->layout == SEMI_PLANAR ? 2 : 3;
    for (int i = 0; i < 3; i++) {
        int used = i < planes;
        if (used && (!f->data[i] || f->linesize[i] <= 0))
            return 0; // stored bottom up: the meters want rows that follow each other
        out->data[i] = used ? f->data[i] : NULL;
        out->stride[i] = used ? f->linesize[i] : 0;
    }
    out->width = f->width;
    out->height = f->height;
    out->full = full(f);
    out->matrix = f->colorspace;
    out->transfer = f->color_trc;
    out->primaries = f->color_primaries;
    return 1;
}

// is_rgb tells pictures whose code values are not luma and chroma.
static int is_rgb(const AVPixFmtDescriptor *d)
{
    return (d->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BAYER)) != 0;
}

// nearest picks the planar format that keeps the most of a format.
static enum AVPixelFormat nearest(const AVPixFmtDescriptor *d)
{
    static const enum AVPixelFormat table[4][4] = {
        {AV_PIX_FMT_GRAY8, AV_PIX_FMT_GRAY10LE, AV_PIX_FMT_GRAY12LE, AV_PIX_FMT_GRAY16LE},
        {AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV420P10LE, AV_PIX_FMT_YUV420P12LE, AV_PIX_FMT_YUV420P16LE},
        {AV_PIX_FMT_YUV422P, AV_PIX_FMT_YUV422P10LE, AV_PIX_FMT_YUV422P12LE, AV_PIX_FMT_YUV422P16LE},
        {AV_PIX_FMT_YUV444P, AV_PIX_FMT_YUV444P10LE, AV_PIX_FMT_YUV444P12LE, AV_PIX_FMT_YUV444P16LE},
    };
    int depth = d->comp[0].depth;
    int row = C444, column = depth <= 8 ? 0 : depth <= 10 ? 1 : depth <= 12 ? 2 : 3;
    if (!is_rgb(d)) {
        if (d->nb_components < 3)
            row = GRAY;
        else if (d->log2_chroma_h)
            row = d->log2_chroma_w ? C420 : C444;
        else if (d->log2_chroma_w)
            row = C422;
    }
    return table[row][column];
}

static void copy_tags(AVFrame *to, const AVFrame *from, int rgb)
{
    to->color_range = rgb || full(from) ? AVCOL_RANGE_JPEG : from->color_range;
    to->colorspace = rgb ? AVCOL_SPC_BT709 : from->colorspace;
    to->color_trc = from->color_trc;
    to->color_primaries = from->color_primaries;
}

// scale converts with libswscale; RGB becomes full-range BT.709, everything else keeps its values.
static int scale(ved_decoder *d, AVFrame *to, const AVFrame *from, int rgb)
{
    struct SwsContext *old = d->scaler;
    d->scaler = sws_getCachedContext(old, from->width, from->height, from->format, to->width, to->height, to->format,
                                     SWS_BILINEAR | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INP, NULL, NULL, NULL);
    atomic_fetch_add(&ved_count, (d->scaler != NULL) - (old != NULL));
    if (!d->scaler)
        return AVERROR(ENOSYS);
    const int *matrix = sws_getCoefficients(SWS_CS_ITU709);
    int range = rgb || full(from);
    sws_setColorspaceDetails(d->scaler, matrix, range, matrix, range, 0, 1 << 16, 1 << 16);
    int rows = sws_scale(d->scaler, (const uint8_t *const *)from->data, from->linesize, 0, from->height, to->data,
                         to->linesize);
    return rows == from->height ? 0 : AVERROR_EXTERNAL;
}

int ved_convert(ved_decoder *d, AVFrame **frame)
{
    AVFrame *from = *frame;
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(from->format);
    if (!desc || desc->flags & AV_PIX_FMT_FLAG_HWACCEL || !sws_isSupportedInput(from->format))
        return AVERROR(ENOSYS);
    AVFrame *to = av_frame_alloc();
    if (!to)
        return AVERROR(ENOMEM);
    atomic_fetch_add(&ved_count, 1);
    ved_picture known;
    int same = describe_format(from->format, &known); // only its rows run upwards
    int mono = desc->flags & AV_PIX_FMT_FLAG_BITSTREAM && desc->nb_components == 1;
    int rgb = !same && (is_rgb(desc) || mono);
    to->format = same ? from->format : mono ? AV_PIX_FMT_GRAY8 : nearest(desc);
    to->width = from->width;
    to->height = from->height;
    int rc = av_frame_get_buffer(to, 0);
    if (rc >= 0)
        rc = same ? av_frame_copy(to, from) : scale(d, to, from, rgb);
    if (rc < 0) {
        ved_frame_free(to);
        return rc;
    }
    copy_tags(to, from, rgb);
    ved_frame_free(from);
    *frame = to;
    return 0;
}
