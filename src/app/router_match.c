#include "app/router_match.h"

#include <stdlib.h>

static struct str segment(struct str *path) { /* of "/a/b": "a", leaving "/b" */
    struct str rest = str_slice(*path, 1, path->n), name;
    size_t n = 0;
    while (n < rest.n && rest.p[n] != '/')
        n++;
    name = str_slice(rest, 0, n);
    *path = str_slice(rest, n, rest.n);
    return name;
}

void route_tree_add(struct route_node *root, const struct route *route) {
    struct route_node *node = root;
    for (struct str path = str_of(route->path); path.n;) {
        struct str name = segment(&path);
        if (name.n && name.p[0] == '{') {
            if (!node->wild) node->wild = memory_new(sizeof *node->wild);
            node = node->wild;
            continue;
        }
        struct route_node *child = node->child;
        while (child && !str_equal(child->literal, name))
            child = child->sibling;
        if (!child) {
            child = memory_new(sizeof *child);
            child->literal = name;
            child->sibling = node->child;
            node->child = child;
        }
        node = child;
    }
    node->by_method[route->method] = route;
}

static void free_children(struct route_node *node) {
    for (struct route_node *child = node->child, *next; child; child = next) {
        next = child->sibling;
        free_children(child);
        free(child);
    }
    if (node->wild) free_children(node->wild);
    free(node->wild);
}

void route_tree_free(struct route_node *root) {
    free_children(root);
    *root = (struct route_node){0};
}

static bool leads_somewhere(const struct route_node *node) {
    for (int i = 0; i < METHOD_OTHER; i++)
        if (node->by_method[i]) return true;
    return false;
}

static const struct route_node *find(const struct route_node *node, struct str path, struct str *values,
                                     size_t depth) {
    if (!path.n || (path.n == 1 && depth)) return leads_somewhere(node) ? node : NULL;
    struct str rest = path, name = segment(&rest);
    for (const struct route_node *child = node->child; child; child = child->sibling) {
        if (!str_equal(child->literal, name)) continue;
        const struct route_node *found = find(child, rest, values, depth + 1);
        if (found) return found;
    }
    if (!node->wild || !name.n) return NULL;
    *values = name;
    return find(node->wild, rest, values + 1, depth + 1);
}

const struct route_node *route_tree_find(const struct route_node *root, struct str path,
                                         struct str values[4]) {
    return path.n && path.p[0] == '/' ? find(root, path, values, 0) : NULL;
}

static int hex(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    c |= 32;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool route_decode(struct arena *arena, struct str raw, bool plus, struct str *out) {
    if (!memchr(raw.n ? raw.p : "", '%', raw.n) && !(plus && raw.n && memchr(raw.p, '+', raw.n))) {
        *out = raw;
        return true;
    }
    char *text = arena_alloc(arena, raw.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < raw.n; i++) {
        char c = raw.p[i];
        if (c == '%') {
            int high = i + 2 < raw.n ? hex(raw.p[i + 1]) : -1, low = high >= 0 ? hex(raw.p[i + 2]) : -1;
            if (low < 0 || (!high && !low)) return false;
            c = (char)(high * 16 + low);
            i += 2;
        } else if (c == '+' && plus) {
            c = ' ';
        }
        text[n++] = c;
    }
    *out = (struct str){text, n};
    return true;
}

bool route_target(struct request *request, struct str target, struct str *raw_path) {
    struct str query = {0};
    *raw_path = str_cut(target, '?', &query);
    if (!route_decode(request->arena, *raw_path, false, &request->path)) return false;
    if (!query.n) return true;
    size_t most = 1;
    for (size_t i = 0; i < query.n; i++)
        most += query.p[i] == '&';
    request->query = arena_array(request->arena, most, sizeof *request->query);
    while (query.n) {
        struct str rest, value, pair = str_cut(query, '&', &rest), name = str_cut(pair, '=', &value);
        query = rest;
        if (!pair.n) continue;
        struct parameter *parameter = &request->query[request->query_count++];
        if (!route_decode(request->arena, name, true, &parameter->name) ||
            !route_decode(request->arena, value, true, &parameter->value))
            return false;
        if (!parameter->value.p) parameter->value = STR("");
    }
    return true;
}
