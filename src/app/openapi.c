/* The API described by its own tables: OpenAPI 3.1. */
#include "app/router.h"
#include "base/vec.h"

#include <stdio.h>

static const char *const methods[] = {"get", "post", "put", "patch", "delete", "options"};
enum schema_kind { SCHEMA_OUTPUT, SCHEMA_INPUT, SCHEMA_PATCH, SCHEMA_LIST };
static const char *const suffixes[] = {"", "Input", "Patch", "List"};

static void ref(struct json_writer *w, const char *name, const char *suffix) {
    char text[160];
    snprintf(text, sizeof text, "#/components/schemas/%s%s", name, suffix);
    json_begin_object(w);
    json_put_string(w, "$ref", str_of(text));
    json_end_object(w);
}

static void begin(struct json_writer *w, const char *name) {
    json_name(w, str_of(name));
    json_begin_object(w);
}

static void any_object(struct json_writer *w) {
    json_begin_object(w);
    json_put_string(w, "type", STR("object"));
    json_put_bool(w, "additionalProperties", true);
    json_end_object(w);
}

static void content(struct json_writer *w, const char *media, const struct record_type *type,
                    enum schema_kind kind) {
    begin(w, "content");
    begin(w, media);
    json_name(w, STR("schema"));
    if (type)
        ref(w, type->name, suffixes[kind]);
    else
        any_object(w);
    json_end_object(w);
    json_end_object(w);
}

static void parameter(struct json_writer *w, struct str name, const char *in, const char *doc,
                      const char *type) {
    json_begin_object(w);
    json_put_string(w, "name", name);
    json_put_string(w, "in", str_of(in));
    if (doc) json_put_string(w, "description", str_of(doc));
    if (str_is(str_of(in), "path")) json_put_bool(w, "required", true);
    begin(w, "schema");
    json_put_string(w, "type", str_of(type));
    json_end_object(w);
    json_end_object(w);
}

static void parameters(struct json_writer *w, const struct route *route) {
    json_name(w, STR("parameters"));
    json_begin_array(w);
    for (struct str rest = str_of(route->path);;) {
        str_cut(rest, '{', &rest);
        if (!rest.p) break;
        parameter(w, str_cut(rest, '}', &rest), "path", NULL, "string");
    }
    for (const struct route_query *q = route->query; q && q->name; q++)
        parameter(w, str_of(q->name), "query", q->doc, "string");
    if (route->flags & ROUTE_LIST) {
        parameter(w, STR("limit"), "query", "Most items of a page.", "integer");
        parameter(w, STR("cursor"), "query", "next_cursor of the page before.", "string");
    }
    parameter(w, STR("lang"), "query", "Language of messages: en or fa.", "string");
    json_end_array(w);
}

/* "GET /api/v1/members/{member}" → "get_members_member" */
static void operation_id(struct json_writer *w, const struct route *route) {
    struct buf id = {0};
    struct str path = str_of(route->path);
    if (str_starts(path, STR("/api/v1"))) path = str_slice(path, 7, path.n);
    buf_put_c(&id, methods[route->method]);
    for (size_t i = 0; i < path.n; i++) {
        char c = path.p[i];
        if (c == '/' || c == '-' || c == '.')
            buf_put_byte(&id, '_');
        else if (c != '{' && c != '}')
            buf_put_byte(&id, c);
    }
    json_put_string(w, "operationId", buf_str(&id));
    buf_free(&id);
}

static void operation(struct json_writer *w, const struct route *route) {
    begin(w, methods[route->method]);
    operation_id(w, route);
    json_put_string(w, "summary", str_of(route->doc));
    if (route->permission)
        json_put_string(w, "x-permission", str_of(permission_table[route->permission].name));
    parameters(w, route);
    bool body = route->method == METHOD_POST || route->method == METHOD_PUT || route->method == METHOD_PATCH;
    if (body && (route->input || route->flags & ROUTE_UPLOAD)) {
        begin(w, "requestBody");
        json_put_bool(w, "required", true);
        if (route->flags & ROUTE_UPLOAD) {
            begin(w, "content");
            begin(w, "application/octet-stream");
            json_end_object(w);
            json_end_object(w);
        } else {
            content(w, "application/json", route->input,
                    route->method == METHOD_PATCH ? SCHEMA_PATCH : SCHEMA_INPUT);
        }
        json_end_object(w);
    } else if (body) {
        begin(w, "requestBody");
        content(w, "application/json", NULL, SCHEMA_INPUT);
        json_end_object(w);
    }
    begin(w, "responses");
    begin(w, "2XX");
    json_put_string(w, "description", STR("Done."));
    if (route->flags & ROUTE_TEXT) {
        begin(w, "content");
        begin(w, "text/plain");
        json_name(w, STR("schema"));
        json_begin_object(w);
        json_put_string(w, "type", STR("string"));
        json_end_object(w);
        json_end_object(w);
        json_end_object(w);
    } else {
        content(w, "application/json", route->output,
                route->flags & ROUTE_LIST ? SCHEMA_LIST : SCHEMA_OUTPUT);
    }
    json_end_object(w);
    begin(w, "default");
    json_put_string(w, "description", STR("A problem (RFC 9457)."));
    begin(w, "content");
    begin(w, "application/problem+json");
    json_name(w, STR("schema"));
    ref(w, "Problem", "");
    json_end_object(w);
    json_end_object(w);
    json_end_object(w);
    json_end_object(w);
    if (route->flags & ROUTE_PUBLIC) {
        json_name(w, STR("security"));
        json_begin_array(w);
        json_end_array(w);
    }
    json_end_object(w);
}

static bool described(const struct route *route) {
    return !(route->flags & (ROUTE_INGEST | ROUTE_PAGE)) && route->method < METHOD_OPTIONS;
}

static void paths(struct json_writer *w, const struct route *routes, size_t n) {
    begin(w, "paths");
    for (size_t i = 0; i < n; i++) {
        bool first = described(&routes[i]);
        for (size_t j = 0; j < i && first; j++)
            first = !described(&routes[j]) || strcmp(routes[j].path, routes[i].path) != 0;
        if (!first) continue;
        begin(w, routes[i].path);
        for (size_t j = i; j < n; j++)
            if (described(&routes[j]) && strcmp(routes[j].path, routes[i].path) == 0)
                operation(w, &routes[j]);
        json_end_object(w);
    }
    json_end_object(w);
}

static void list_schema(struct json_writer *w, const struct record_type *type) {
    json_begin_object(w);
    json_put_string(w, "type", STR("object"));
    json_name(w, STR("required"));
    json_raw(w, STR("[\"data\",\"next_cursor\",\"has_more\"]"));
    begin(w, "properties");
    begin(w, "data");
    json_put_string(w, "type", STR("array"));
    json_name(w, STR("items"));
    if (type)
        ref(w, type->name, "");
    else
        any_object(w);
    json_end_object(w);
    json_name(w, STR("next_cursor"));
    json_raw(w, STR("{\"type\":[\"string\",\"null\"]}"));
    json_name(w, STR("has_more"));
    json_raw(w, STR("{\"type\":\"boolean\"}"));
    json_end_object(w);
    json_end_object(w);
}

static void schema(struct json_writer *w, const struct record_type *type, enum schema_kind kind) {
    struct field fields[64];
    struct record_type patch = *type;
    char name[160];
    snprintf(name, sizeof name, "%s%s", type->name, suffixes[kind]);
    json_name(w, str_of(name));
    switch (kind) {
    case SCHEMA_LIST:
        list_schema(w, type);
        break;
    case SCHEMA_PATCH: /* nothing is required of a change */
        for (size_t i = 0; i < type->count; i++) {
            fields[i] = type->fields[i];
            fields[i].flags &= (uint16_t)~FIELD_REQUIRED;
        }
        patch.fields = fields;
        fields_schema(&patch, true, w);
        break;
    case SCHEMA_INPUT:
        fields_schema(type, true, w);
        break;
    case SCHEMA_OUTPUT:
        fields_schema(type, false, w);
    }
}

/* Each (type, kind) once, in the order of first use. */
static void schemas(struct json_writer *w, const struct route *routes, size_t n) {
    VEC(struct {
        const struct record_type *type;
        enum schema_kind kind;
    })
    done = {0};
    for (size_t i = 0; i < n; i++) {
        if (!described(&routes[i])) continue;
        const struct record_type *types[] = {routes[i].input, routes[i].output, routes[i].output};
        enum schema_kind kinds[] = {routes[i].method == METHOD_PATCH ? SCHEMA_PATCH : SCHEMA_INPUT,
                                    SCHEMA_OUTPUT, SCHEMA_LIST};
        for (int k = 0; k < (routes[i].flags & ROUTE_LIST ? 3 : 2); k++) {
            bool known = !types[k];
            for (size_t j = 0; j < done.n && !known; j++)
                known = done.v[j].type == types[k] && done.v[j].kind == kinds[k];
            if (known) continue;
            VEC_RESERVE(&done, 1);
            done.v[done.n].type = types[k];
            done.v[done.n++].kind = kinds[k];
            schema(w, types[k], kinds[k]);
        }
    }
    VEC_FREE(&done);
}

static const char problem_schema[] =
    "{\"type\":\"object\",\"required\":[\"type\",\"title\",\"status\",\"detail\",\"instance\",\"code\","
    "\"errors\"],\"properties\":{"
    "\"type\":{\"type\":\"string\"},\"title\":{\"type\":\"string\"},\"status\":{\"type\":\"integer\"},"
    "\"detail\":{\"type\":\"string\"},\"instance\":{\"type\":\"string\"},"
    "\"code\":{\"type\":\"string\",\"description\":\"Stable: clients branch on it.\"},"
    "\"errors\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"pointer\",\"code\","
    "\"message\"],\"properties\":{"
    "\"pointer\":{\"type\":\"string\",\"description\":\"JSON pointer, column or "
    "parameter.\"},\"row\":{\"type\":\"integer\"},"
    "\"code\":{\"type\":\"string\"},\"message\":{\"type\":\"string\"}}}},\"errors_left_out\":{\"type\":"
    "\"integer\"}}}";

void openapi_write(const struct router *router, struct buf *out) {
    const struct route *routes;
    size_t n = router_routes(router, &routes);
    struct json_writer w = {.out = out};
    json_begin_object(&w);
    json_put_string(&w, "openapi", STR("3.1.0"));
    begin(&w, "info");
    json_put_string(&w, "title", STR("Vafa"));
    json_put_string(&w, "version", STR(VAFA_VERSION));
    json_put_string(
        &w, "description",
        STR("Customer success: signals in, explained health and the work that keeps customers out."));
    begin(&w, "license");
    json_put_string(&w, "name", STR("Apache-2.0"));
    json_put_string(&w, "identifier", STR("Apache-2.0"));
    json_end_object(&w);
    json_end_object(&w);
    json_name(&w, STR("servers"));
    json_raw(&w, STR("[{\"url\":\"/\"}]"));
    json_name(&w, STR("security"));
    json_raw(&w, STR("[{\"key\":[]},{\"session\":[]}]"));
    paths(&w, routes, n);
    begin(&w, "components");
    begin(&w, "securitySchemes");
    json_name(&w, STR("key"));
    json_raw(&w, STR("{\"type\":\"http\",\"scheme\":\"bearer\",\"description\":\"A key of kind api.\"}"));
    json_name(&w, STR("session"));
    json_raw(&w, STR("{\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":\"vafa\"}"));
    json_end_object(&w);
    begin(&w, "schemas");
    json_name(&w, STR("Problem"));
    json_raw(&w, (struct str){problem_schema, sizeof problem_schema - 1});
    schemas(&w, routes, n);
    json_end_object(&w);
    json_end_object(&w);
    json_end_object(&w);
}
