#include "internal.h"

#include <libavutil/mem.h>
#include <libavutil/samplefmt.h>

// Integers are scaled so that their most negative value is -1.
#define CONVERT(name, type, value)                                                        \
    static void name(float *restrict to, const void *data, int step, int n)               \
    {                                                                                     \
        const type *from = data;                                                          \
        for (int i = 0; i < n; i++) {                                                     \
            type x = from[(size_t)i * step];                                              \
            to[i] = value;                                                                \
        }                                                                                 \
    }
CONVERT(from_u8, uint8_t, (x - 128) * (1.0f / 128))
CONVERT(from_s16, int16_t, x * (1.0f / 32768))
CONVERT(from_s32, int32_t, (float)(x * (1.0 / 2147483648.0)))
CONVERT(from_s64, int64_t, (float)(x * (1.0 / 9223372036854775808.0)))
CONVERT(from_flt, float, x)
CONVERT(from_dbl, double, (float)x)

typedef void convert(float *, const void *, int, int);

static convert *converter(enum AVSampleFormat packed)
{
    switch (packed) {
    case AV_SAMPLE_FMT_U8: return from_u8;
    case AV_SAMPLE_FMT_S16: return from_s16;
    case AV_SAMPLE_FMT_S32: return from_s32;
    case AV_SAMPLE_FMT_S64: return from_s64;
    case AV_SAMPLE_FMT_FLT: return from_flt;
    case AV_SAMPLE_FMT_DBL: return from_dbl;
    default: return NULL;
    }
}

int ved_planar(ved_decoder *d, const AVFrame *f)
{
    int channels = VED_CHANNELS(f), n = f->nb_samples;
    if (channels < 1 || n < 1 || f->sample_rate < 1)
        return AVERROR_INVALIDDATA;
    av_fast_malloc(&d->channels, &d->channels_size, channels * sizeof *d->channels);
    if (!d->channels)
        return AVERROR(ENOMEM);
    if (f->format == AV_SAMPLE_FMT_FLTP) { // as it is wanted: no copy
        for (int i = 0; i < channels; i++)
            d->channels[i] = (float *)f->extended_data[i];
        return 0;
    }
    convert *run = converter(av_get_packed_sample_fmt(f->format));
    size_t size = (size_t)channels * n * sizeof *d->samples;
    if (!run || size > 1u << 30)
        return AVERROR_PATCHWELCOME;
    av_fast_malloc(&d->samples, &d->samples_size, size);
    if (!d->samples)
        return AVERROR(ENOMEM);
    int bytes = av_get_bytes_per_sample(f->format), planar = av_sample_fmt_is_planar(f->format);
    for (int i = 0; i < channels; i++) {
        const uint8_t *from = planar ? f->extended_data[i] : f->extended_data[0] + (size_t)i * bytes;
        d->channels[i] = d->samples + (size_t)i * n;
        run(d->channels[i], from, planar ? 1 : channels, n);
    }
    return 0;
}
