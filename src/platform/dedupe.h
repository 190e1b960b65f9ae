/* The window of live message keys: exact, for the last days, so that a message sent again is taken once.
 *
 * The days that are still filling are tables in memory; a day that is over is a sorted file
 * DATA/dedupe/DAY.keys behind one Bloom filter for all of them. Files are derived: what is absent or damaged
 * is made again from the event store. What the journal holds beyond events_reached is not in the store yet:
 * after dedupe_open its keys are to be put in with dedupe_check, ignoring what it says.
 *
 * A day here is a UTC day of receipt: received / 86,400,000. */
#ifndef VAFA_PLATFORM_DEDUPE_H
#define VAFA_PLATFORM_DEDUPE_H
#include "platform/events.h"

struct dedupe;
struct dedupe_options {
    int days;        /* a key is known for so many days after its own, at least; 0 … 400 */
    size_t max_keys; /* beyond it the oldest day goes first, never today's; 0: no limit */
};
enum { DEDUPE_DAY_MS = 86400000 };

/* `folder` is the data folder; events may be NULL when there is no store to rebuild from. */
enum status dedupe_open(const char *folder, struct events *events, struct dedupe_options options, day_t today,
                        struct dedupe **ret, struct problem *problem) MUST_USE;
void dedupe_close(struct dedupe *dedupe);

/* For each key in turn: seen[i] says whether it is in the window (or came earlier in this very call); a new
 * one is put in under its day. Safe on every thread. */
void dedupe_check(struct dedupe *dedupe, const struct event_key *keys, const day_t *days, size_t n,
                  bool *seen);
/* Writes the days that ended before yesterday to files and forgets what has left the window. Slow when a day
 * ended: call it from a thread that may wait; checks go on meanwhile. After a failure everything is still
 * known, and the next call tries again. */
enum status dedupe_advance(struct dedupe *dedupe, day_t today, struct problem *problem) MUST_USE;

/* The first day whose keys are all known: later than today − days when max_keys shortened the window. */
day_t dedupe_window_start(struct dedupe *dedupe);
size_t dedupe_size(struct dedupe *dedupe); /* keys known */

#endif
