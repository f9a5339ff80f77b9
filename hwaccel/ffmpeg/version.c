#include "internal.h"

#include <libswscale/swscale.h>

static void split(unsigned version, int into[3])
{
    into[0] = AV_VERSION_MAJOR(version);
    into[1] = AV_VERSION_MINOR(version);
    into[2] = AV_VERSION_MICRO(version);
}

const char *ved_version(int i, int built[3], int runs[3])
{
    switch (i) {
    case 0:
        split(LIBAVCODEC_VERSION_INT, built);
        split(avcodec_version(), runs);
        return "libavcodec";
    case 1:
        split(LIBAVUTIL_VERSION_INT, built);
        split(avutil_version(), runs);
        return "libavutil";
    case 2:
        split(LIBSWSCALE_VERSION_INT, built);
        split(swscale_version(), runs);
        return "libswscale";
    default:
        return NULL;
    }
}

const char *ved_release(void) { return av_version_info(); }
