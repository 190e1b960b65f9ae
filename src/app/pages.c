/* The few pages that the binary carries itself: where a printed link leads. They load nothing from elsewhere
 * and hold no script or style of their own, so that the policy can say so. */
#include "base/vec.h"
#include "customers/sign_in.h"
#include "texts.h"

static const struct parameter page_headers[] = {
    {STR("Content-Security-Policy"),
     STR("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'none'; "
         "frame-ancestors 'none'; base-uri 'none'")},
};

static enum status page(struct request *request, struct response *response, struct str text) {
    response->content_type = "text/html; charset=utf-8";
    response->headers = arena_copy(request->arena, page_headers, sizeof page_headers);
    response->header_count = COUNT(page_headers);
    buf_put_str(&response->body, text);
    return OK;
}

enum status page_handle_setup(struct request *request, struct response *response, struct problem *problem) {
    (void)problem;
    return page(request, response, embedded_setup_html);
}

enum status page_handle_password(struct request *request, struct response *response,
                                 struct problem *problem) {
    (void)problem;
    return page(request, response, embedded_password_html);
}

enum status page_handle_script(struct request *request, struct response *response, struct problem *problem) {
    (void)request, (void)problem;
    response->content_type = "text/javascript; charset=utf-8";
    buf_put_str(&response->body, embedded_setup_js);
    return OK;
}

enum status page_handle_style(struct request *request, struct response *response, struct problem *problem) {
    (void)request, (void)problem;
    response->content_type = "text/css; charset=utf-8";
    buf_put_str(&response->body, embedded_style_css);
    return OK;
}
