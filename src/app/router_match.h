/* Finding the route of a path: a tree of segments. Shared by the router's files only. */
#ifndef VAFA_APP_ROUTER_MATCH_H
#define VAFA_APP_ROUTER_MATCH_H
#include "platform/route.h"

struct route_node {
    struct str literal; /* of the segment; unused in a wild node */
    struct route_node *child, *sibling, *wild;
    const struct route *by_method[METHOD_OTHER];
};
void route_tree_add(struct route_node *root, const struct route *route);
void route_tree_free(struct route_node *root);
/* The node that a raw path leads to, or NULL; values of wild segments, still percent-encoded. A trailing
 * slash is let pass. */
const struct route_node *route_tree_find(const struct route_node *root, struct str path,
                                         struct str values[4]);
/* Decodes %XX (and, in a query, +). False: broken escapes or a NUL byte. */
bool route_decode(struct arena *arena, struct str raw, bool plus, struct str *out);
/* Splits and decodes a raw target into path and query of the request; false when an escape is broken. */
bool route_target(struct request *request, struct str target, struct str *raw_path);

#endif
