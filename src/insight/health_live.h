/* The live score of every account: recomputed within a second of what touched it, read without waiting, kept
 * by change. One worker takes the change notices, rereads what insight holds of the touched accounts, and
 * judges them anew: a few alone, many in one pass, all when a card, a fact or the local day changes. History:
 * every change of band at once; the closing row of each account and local day within a minute and at stop.
 * "As shown" reads that history. */
#ifndef VAFA_INSIGHT_HEALTH_LIVE_H
#define VAFA_INSIGHT_HEALTH_LIVE_H
#include "insight/health.h"

struct health_live;
/* Judges all once, becomes the source of the facts health and health_band, and starts the worker. */
enum status health_live_start(struct house *house, struct health_live **ret,
                              struct problem *problem) MUST_USE;
void health_live_stop(struct health_live *live); /* writes the closing rows; NULL is fine */

struct live_score {
    double score;  /* NaN: none */
    uint32_t band; /* number in the insight's dictionary of bands, or DICT_NONE */
    double coverage;
    instant_t at;    /* when it was computed */
    struct str card; /* the card that made it, empty: none applies; these live as long as the scores */
    int64_t version; /* of the card */
    struct text band_title;
    uint8_t band_place, band_count; /* 0: the band in danger; BAND_UNKNOWN: no band. Of the card's bands */
};
/* The score of an account as it stands. False: not judged yet. Any thread. */
bool health_live_read(struct health_live *live, uint32_t account, struct live_score *ret);
/* Takes what notices there are and judges at once, in the caller's thread; waits for the worker where it is
 * at it. */
enum status health_live_catch_up(struct health_live *live, struct problem *problem) MUST_USE;

/* Grows with every round that judged something. Any thread. */
uint64_t health_live_rounds(const struct health_live *live);

#endif
