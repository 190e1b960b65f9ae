/* The built web application: every file of web/dist, read once when a server starts and answered from memory.
 * Paths that are no file lead to index.html, where the application's own router takes over. */
#ifndef VAFA_APP_WEB_H
#define VAFA_APP_WEB_H
#include "platform/route.h"

struct web;

/* Reads a folder of files, with the compressed .br and .gz beside them. *ret is NULL where the folder is not
 * there: the API works without pages. UNAVAILABLE: a file cannot be read; TOO_LARGE: beyond 32 MiB. */
enum status web_open(const char *folder, struct web **ret, struct problem *problem) MUST_USE;
void web_close(struct web *web);

/* Answers a GET of request->path. NOT_FOUND: the path names a file (its last part has a dot) that is not
 * there, or nothing was built (web NULL). */
enum status web_answer(const struct web *web, const struct request *request, struct response *response,
                       struct problem *problem) MUST_USE;

#endif
