/* The house: what one running process holds. Made by app, passed to handlers and jobs; there are no globals.
 * Folders lower than the owner of a member see it as an opaque pointer, so that includes keep their
 * direction. */
#ifndef VAFA_PLATFORM_HOUSE_H
#define VAFA_PLATFORM_HOUSE_H
#include "base/clock.h"

#include <stdbool.h>

struct house {
    const char *folder; /* the data folder */
    struct clock clock;
    instant_t started;
    bool served;       /* atomic: it answers clients, until it is closed; else a command has it for itself */
    struct zone *zone; /* base/calendar.h: the organisation's time zone */
    struct settings *settings; /* platform/settings.h */
    struct records *records;   /* platform/records.h */
    struct secure *secure;     /* platform/secure.h: the folder's key, passwords */
    struct journal *journal;   /* platform/journal.h */
    struct events *events;     /* platform/events.h */
    struct notices *notices;   /* platform/notices.h: which accounts were touched, for insight to recompute */
    struct broadcast *broadcast; /* platform/broadcast.h: tells listeners of the web what happens */
    struct directory
        *directory;          /* customers/directory.h: accounts as dense indexes, keys resolved, in memory */
    struct usage *usage;     /* signals/usage.h: the rollups in memory */
    struct ingest *ingest;   /* signals/ingest.h: receiving, applying */
    struct insight *insight; /* insight/insight.h: facts, scorecards, live scores */
    struct health_live *health;       /* insight/health_live.h: the live scores */
    struct board_keeper *board;       /* insight/board.h: the table of accounts, in memory */
    struct segment_live *segments;    /* insight/segment_live.h: the memory of segments */
    struct importer *importer;        /* exchange/import.h */
    struct people *people;            /* customers/people.h: live keys, limits of sign-in */
    const struct log *log;            /* base/log.h */
    struct backup_worker *backups;    /* app/backup.h: those asked for from the web */
    struct router *router;            /* app/router.h */
    struct web *web;                  /* app/web.h; NULL: only the API answers */
    struct worker *milestones;        /* insight/milestone.h: who reached which, kept current */
    struct score_memory *past_scores; /* insight/score_memory.h: scores of past days, kept */
    struct odds_worker *odds; /* insight/odds.h: tests the cards in force, for what stands beside scores */
    struct model_shelf *model_shelf;    /* predict/model_shelf.h: the live models, open */
    struct model_keeper *models;        /* predict/model.h: makes models and foretells by them */
    struct forecast_recorder *forecast; /* predict/forecast.h: keeps the chances of renewals */
};

#endif
