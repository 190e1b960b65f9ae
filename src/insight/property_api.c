#include "insight/property_api.h"

#include "insight/fact_property.h"

/* The facts that read a property of an event. */
static void write_facts(struct json_writer *w, const struct catalogue *catalogue, struct str event,
                        struct str property) {
    json_name(w, STR("facts"));
    json_begin_array(w);
    for (uint32_t i = 0; i < catalogue_size(catalogue); i++) {
        const struct declared *declared = catalogue_declared(catalogue, i);
        const struct property_use *use = declared->kind == FROM_USAGE ? declared->usage.of_property : NULL;
        bool reads = false;
        for (size_t k = 0; use && str_equal(use->event, event) && k < use->name_n; k++)
            reads |= str_equal(use->names[k], property);
        if (reads) json_string(w, declared->fact.key);
    }
    json_end_array(w);
}

enum status property_handle_list(struct request *request, struct response *response,
                                 struct problem *problem) {
    struct house *house = request->house;
    const struct catalogue *catalogue = insight_catalogue(house->insight);
    size_t n;
    struct promoted *promoted = events_promoted(house->events, request->arena, &n);
    struct json_writer w = {.out = &response->body};
    enum status status = OK;
    json_begin_object(&w);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    for (size_t i = 0; i < n && !status; i++) {
        const struct promoted *one = &promoted[i];
        uint64_t kinds[PROPERTY_KINDS];
        struct str event = events_string(house->events, DICTIONARY_NAME, one->name, request->arena);
        if ((status = events_promoted_kinds(house->events, one->number, kinds, problem))) break;
        json_begin_object(&w);
        json_put_string(&w, "event", event);
        json_put_string(&w, "property", one->property);
        json_put_string(&w, "state", one->behind ? STR("back_filling") : STR("ready"));
        json_put_number(&w, "filled", one->blocks ? 1 - (double)one->behind / (double)one->blocks : 1);
        json_put_int(&w, "numbers", (int64_t)(kinds[PROPERTY_NUMBER] + kinds[PROPERTY_NUMBER_TEXT]));
        json_put_int(&w, "texts", (int64_t)kinds[PROPERTY_TEXT]);
        json_put_int(&w, "yes_no", (int64_t)(kinds[PROPERTY_TRUE] + kinds[PROPERTY_FALSE]));
        json_put_int(&w, "others", (int64_t)kinds[PROPERTY_OTHER]);
        write_facts(&w, catalogue, event, one->property);
        json_end_object(&w);
    }
    json_end_array(&w);
    json_end_object(&w);
    return status;
}
