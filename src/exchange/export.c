#include "exchange/export.h"

#include "base/format.h"
#include "base/number.h"
#include "base/vec.h"
#include "insight/account_table.h"
#include "insight/board_past.h"
#include "platform/settings.h"

#include <math.h>

const struct route_query account_export_query[] = {
    TABLE_QUERY,
    {"columns", "Keys of facts, separated by commas: further columns."},
    {"format", "csv (unless given) or xlsx."},
    {NULL, NULL},
};

enum own_column {
    KEY,
    NAME,
    STATUS,
    SCORE,
    BAND,
    CHANGE,
    WHY,
    ARR,
    CURRENCY,
    RENEWAL,
    STAGE,
    OWNER,
    TAGS,
    OWN_COLUMNS
};
static const struct {
    struct text title;
    enum export_kind kind;
    int decimals, width;
} own_columns[OWN_COLUMNS] = {
    [KEY] = {{"Key", "کلید"}, EXPORT_TEXT, 0, 14},
    [NAME] = {{"Account", "مشتری"}, EXPORT_TEXT, 0, 30},
    [STATUS] = {{"Status", "وضعیت"}, EXPORT_TEXT, 0, 10},
    [SCORE] = {{"Health", "سلامت"}, EXPORT_NUMBER, 0, 9},
    [BAND] = {{"Band", "باند سلامت"}, EXPORT_TEXT, 0, 14},
    [CHANGE] = {{"Change in 4 weeks", "تغییر در ۴ هفته"}, EXPORT_NUMBER, 0, 16},
    [WHY] = {{"Why", "چرا"}, EXPORT_TEXT, 0, 44},
    [ARR] = {{"ARR", "درآمد سالانه"}, EXPORT_MONEY, 0, 16},
    [CURRENCY] = {{"Currency", "واحد پول"}, EXPORT_TEXT, 0, 9},
    [RENEWAL] = {{"Renews", "تمدید"}, EXPORT_DAY, 0, 12},
    [STAGE] = {{"Stage", "مرحله"}, EXPORT_TEXT, 0, 14},
    [OWNER] = {{"Owner", "مسئول"}, EXPORT_TEXT, 0, 20},
    [TAGS] = {{"Tags", "برچسب‌ها"}, EXPORT_TEXT, 0, 20},
};

static struct str spoken(struct text text, enum language language) {
    return str_of(language == PERSIAN && text.fa ? text.fa : text.en);
}

struct export {
    const struct request *request;
    struct board *board;
    const struct board_order *order;
    struct table_columns facts;
    struct column values[TABLE_MOST_COLUMNS]; /* of all accounts */
    struct health health;                     /* of all accounts, to say why */
    bool explained;
    double unit; /* minor units of the currency */
    struct format format;
    const struct export_form *form;
    struct export_sheet sheet;
};

/* Of a fact: money is shown in whole units, as ARR is. */
static enum export_kind kind_of(const struct fact *fact) {
    if (fact->type == VALUE_DATE) return EXPORT_DAY;
    if (fact->type != VALUE_NUMBER) return EXPORT_TEXT;
    return str_is(fact->unit, "money") ? EXPORT_MONEY : EXPORT_NUMBER;
}

static void set_columns(struct export *e, int exponent, struct arena *arena) {
    size_t n = OWN_COLUMNS + e->facts.n;
    struct export_column *columns = arena_array(arena, n, sizeof *columns);
    for (size_t i = 0; i < n; i++) {
        if (i < OWN_COLUMNS) {
            columns[i] =
                (struct export_column){spoken(own_columns[i].title, e->request->language),
                                       own_columns[i].kind, own_columns[i].decimals, own_columns[i].width};
        } else {
            const struct fact *fact = catalogue_fact(e->board->catalogue, e->facts.facts[i - OWN_COLUMNS]);
            columns[i] =
                (struct export_column){spoken(fact->title, e->request->language), kind_of(fact), 2, 18};
        }
        if (columns[i].kind == EXPORT_MONEY) columns[i].decimals = exponent;
    }
    e->sheet.columns = columns;
    e->sheet.column_n = n;
}

static void put_facts(struct export *e, uint32_t account) {
    for (size_t i = 0; i < e->facts.n; i++) {
        const struct fact *fact = catalogue_fact(e->board->catalogue, e->facts.facts[i]);
        bool known = e->values[i].state[account] == FACT_KNOWN;
        double value = known ? e->values[i].number[account] : NAN;
        if (fact->type == VALUE_DATE)
            e->form->day(&e->sheet, known ? (day_t)value : INT32_MIN);
        else if (fact->type == VALUE_TEXT)
            e->form->text(&e->sheet, known ? dict_key(fact->texts, (uint32_t)value) : (struct str){0});
        else if (fact->type == VALUE_BOOL)
            e->form->text(&e->sheet, !known                            ? (struct str){0}
                                     : e->request->language == PERSIAN ? str_of(value != 0 ? "بله" : "خیر")
                                                                       : str_of(value != 0 ? "yes" : "no"));
        else
            e->form->number(&e->sheet, kind_of(fact) == EXPORT_MONEY ? value / e->unit : value);
    }
}

static void put_row(struct export *e, uint32_t account) {
    struct arena arena = {0};
    struct table_row row;
    struct board_why why = {0};
    table_row(e->board, account, e->request->language, &row);
    if (e->explained && account < e->health.n)
        (void)board_why_of(e->request->house, e->board, &e->health, account, &e->format, false, &arena, &why);
    const struct export_form *form = e->form;
    struct export_sheet *sheet = &e->sheet;
    form->text(sheet, row.key);
    form->text(sheet, row.name);
    form->text(sheet, row.status);
    form->number(sheet, round(row.score));
    form->text(sheet, row.band_title);
    form->number(sheet, row.change_real ? round(row.change) : NAN);
    form->text(sheet, why.text);
    form->number(sheet, row.arr / e->unit);
    form->text(sheet, isnan(row.arr) ? (struct str){0} : e->board->currency);
    form->day(sheet, row.renews_on);
    form->text(sheet, row.stage);
    form->text(sheet, row.owner_name);
    form->text(sheet, row.tags);
    put_facts(e, account);
    form->row(sheet);
    arena_free(&arena);
}

static enum status prepare(struct export *e, struct arena *arena, struct problem *problem) {
    struct house *house = e->request->house;
    int64_t most = settings_int(house->settings, SETTING_ACCOUNTS_EXPORT_MOST);
    enum status status = table_columns(e->request, e->board, &e->facts, problem);
    if (!status) status = table_order(e->request, e->board, &e->order, problem);
    if (!status && e->order->n > (size_t)most)
        return fail(
            problem, BAD_INPUT,
            MESSAGE(
                "export_too_many",
                "That is {0} accounts; a file takes at most {1} (setting accounts.export_most). Choose fewer.",
                "این {0} مشتری است؛ یک پرونده دست‌بالا {1} سطر می‌پذیرد (تنظیم accounts.export_most). کمتر برگزینید."),
            ARGS(str_format(problem->arena, "%zu", e->order->n),
                 str_format(problem->arena, "%lld", (long long)most)));
    if (!status && e->facts.n)
        status = facts_evaluate(house->insight, e->board->catalogue, e->facts.facts, e->facts.n,
                                &e->board->moment, 0, e->board->n, arena, e->values, problem);
    if (!status && e->board->past) {
        size_t n = e->board->past->n < e->board->n ? e->board->past->n : e->board->n;
        status = board_judge(house, e->board, 0, n, arena, &e->health, problem);
        e->explained = !status;
    }
    int exponent = currency_exponent(e->board->currency);
    if (exponent < 0 || exponent > 3) exponent = 2;
    e->unit = pow(10, exponent);
    set_columns(e, exponent, arena);
    return status;
}

static enum status write(struct export *e, struct buf *out, struct problem *problem) {
    e->sheet.out = out;
    enum status status = e->form->begin(&e->sheet, problem);
    for (size_t i = 0; i < e->order->n && !status; i++)
        put_row(e, e->order->rows[i]);
    struct problem second = {.arena = problem->arena};
    enum status end = e->form->end(&e->sheet, out, status ? &second : problem);
    return status ? status : end;
}

enum status export_handle_accounts(struct request *request, struct response *response,
                                   struct problem *problem) {
    static const char *const names[] = {"csv", "xlsx", NULL};
    static const char *const types[] = {"text/csv; charset=utf-8",
                                        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"};
    int which = 0;
    struct export e = {.request = request, .format = request_format(request)};
    enum status status = OK;
    if (request_query(request, "format").p)
        status = request_query_choice(request, "format", names, &which, problem);
    if (!status) status = board_hold_settled(request->house, &e.board, problem);
    if (status) return status;
    e.form = which ? &export_workbook : &export_csv;
    e.sheet = (struct export_sheet){.language = request->language,
                                    .calendar =
                                        request->language == PERSIAN ? e.format.calendar : CALENDAR_GREGORIAN,
                                    .folder = request->house->folder,
                                    .arena = request->arena};
    status = prepare(&e, request->arena, problem);
    if (!status) status = write(&e, &response->body, problem);
    board_release(e.board);
    if (status) {
        buf_clear(&response->body);
        return status;
    }
    response->content_type = types[which];
    response->headers = arena_array(request->arena, 1, sizeof *response->headers);
    response->headers[0] =
        (struct parameter){STR("Content-Disposition"),
                           str_format(request->arena, "attachment; filename=\"accounts.%s\"", names[which])};
    response->header_count = 1;
    return OK;
}
