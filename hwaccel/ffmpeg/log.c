#include "internal.h"

#include <libavutil/log.h>
#include <stdio.h>
#include <string.h>

// owner finds the decoder that a log line speaks of. Slice and frame threads work on copies of
// our AVCodecContext, and other users of libavcodec may live in this process: a context is ours
// when it asks our function for its format.
static ved_decoder *owner(void *context)
{
    if (!context || *(const AVClass **)context != avcodec_get_class())
        return NULL;
    AVCodecContext *c = context;
    return c->get_format == ved_get_format ? c->opaque : NULL;
}

// conceal adds up what error_resilience.c logs once for each picture that it had to repair. A lost
// macroblock misses its DC, AC and motion alike, so the largest of the three counts the macroblocks.
static void conceal(ved_decoder *d, const char *line)
{
    int dc, ac, mv;
    if (sscanf(line, "concealing %d DC, %d AC, %d MV", &dc, &ac, &mv) != 3)
        return;
    int n = dc > ac ? dc : ac;
    if (mv > n)
        n = mv;
    pthread_mutex_lock(&d->lock);
    ved_mark *m = &d->marks[d->number % VED_MARKS];
    if (m->number == d->number)
        m->concealed += n;
    pthread_mutex_unlock(&d->lock);
}

void ved_keep(ved_decoder *d, const char *line)
{
    pthread_mutex_lock(&d->lock);
    size_t n = 0;
    for (; line[n] && line[n] != '\n' && n < sizeof d->text - 1; n++) // one line, nothing that a terminal obeys
        d->text[n] = line[n] < ' ' || line[n] > '~' ? '?' : line[n];
    d->text[n] = 0;
    pthread_mutex_unlock(&d->lock);
}

static void callback(void *context, int level, const char *format, va_list args)
{
    int concealing = level == AV_LOG_INFO && !strncmp(format, "concealing ", 11);
    if (level > AV_LOG_ERROR && !concealing)
        return;
    ved_decoder *d = owner(context);
    if (!d)
        return;
    char line[VED_TEXT];
    vsnprintf(line, sizeof line, format, args);
    if (concealing)
        conceal(d, line);
    else
        ved_keep(d, line);
}

void ved_log_install(void)
{
    // Each time: GStreamer's libav plugin takes the log for itself when it loads.
    av_log_set_callback(callback);
}

void ved_decoder_error(ved_decoder *d, int code, char text[VED_TEXT])
{
    pthread_mutex_lock(&d->lock);
    memcpy(text, d->text, VED_TEXT);
    pthread_mutex_unlock(&d->lock);
    if (!text[0])
        av_strerror(code, text, VED_TEXT);
}
