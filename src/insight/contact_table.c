#include "insight/contact_table.h"

#include "base/vec.h"
#include "queries.h"

static void row_clear(struct contact_row *row) {
    free(row->nps);
    free(row->csat);
    free(row->traits);
    *row = (struct contact_row){.id = row->id, .account = row->account, .person = UINT32_MAX};
}

static void list_put(struct contact_table *table, uint32_t account, uint32_t slot) {
    if (account >= table->account_n) {
        size_t n = table->account_n * 2 > account ? table->account_n * 2 : (size_t)account + 64;
        table->accounts = memory_resize(table->accounts, n * sizeof *table->accounts);
        memset(table->accounts + table->account_n, 0, (n - table->account_n) * sizeof *table->accounts);
        table->account_n = n;
    }
    struct contact_list *list = &table->accounts[account];
    if (!(list->n & (list->n - 1))) /* full at powers of two */
        list->slots = memory_resize(list->slots, (list->n ? (size_t)list->n * 2 : 1) * sizeof *list->slots);
    list->slots[list->n++] = slot;
}

static bool is_listed(const struct contact_table *table, uint32_t account, uint32_t slot) {
    if (account >= table->account_n) return false;
    const struct contact_list *list = &table->accounts[account];
    uint32_t i = 0;
    while (i < list->n && list->slots[i] != slot)
        i++;
    return i < list->n;
}

/* Rows keep their slots, and lists their rows; those that are read again come back. */
static void list_clear(struct contact_table *table, uint32_t account) {
    if (account >= table->account_n) return;
    const struct contact_list *list = &table->accounts[account];
    for (uint32_t i = 0; i < list->n; i++)
        if (table->rows[list->slots[i]].account == account) row_clear(&table->rows[list->slots[i]]);
}

void contact_table_free(struct contact_table *table) {
    for (size_t i = 0; i < table->account_n; i++)
        free(table->accounts[i].slots);
    for (size_t i = 0; i < table->n; i++)
        row_clear(&table->rows[i]);
    free(table->rows);
    free(table->accounts);
    dict_free(&table->slots);
    dict_free(&table->texts);
    dict_free(&table->trait_fields);
    *table = (struct contact_table){0};
}

static uint32_t text_of(struct contact_table *table, struct rows *rows, int column) {
    struct str text = rows_text(rows, column, NULL);
    return text.n ? dict_put(&table->texts, text, NULL) : DICT_NONE;
}

static uint32_t domain_of(struct contact_table *table, uint32_t email) {
    if (email == DICT_NONE) return DICT_NONE;
    struct str address = dict_key(&table->texts, email), domain = {0};
    (void)str_cut(address, '@', &domain);
    if (!domain.n) return DICT_NONE;
    char lower[256];
    if (domain.n > sizeof lower) return DICT_NONE;
    for (size_t i = 0; i < domain.n; i++)
        lower[i] = (char)(domain.p[i] >= 'A' && domain.p[i] <= 'Z' ? domain.p[i] + 32 : domain.p[i]);
    return dict_put(&table->texts, (struct str){lower, domain.n}, NULL);
}

static uint32_t slot_of(struct contact_table *table, struct id id) {
    bool fresh;
    uint32_t slot = dict_put(&table->slots, (struct str){(const char *)id.b, sizeof id.b}, &fresh);
    if (!fresh) return slot;
    if (table->n == table->capacity) {
        table->capacity = table->capacity ? table->capacity * 2 : 256;
        table->rows = memory_resize(table->rows, table->capacity * sizeof *table->rows);
    }
    table->rows[table->n++] = (struct contact_row){.id = id, .account = ACCOUNT_NONE, .person = UINT32_MAX};
    return slot;
}

static void read_contact(struct contact_table *table, struct rows *rows, const struct directory *directory) {
    uint32_t account = directory_by_id(directory, rows_id(rows, 1));
    if (account == ACCOUNT_NONE) return;
    uint32_t slot = slot_of(table, rows_id(rows, 0));
    struct contact_row *row = &table->rows[slot];
    uint32_t before = row->account;
    row_clear(row);
    row->account = account;
    row->person_id = rows_id(rows, 2);
    row->person = directory_person_by_id(directory, row->person_id);
    row->here = !directory_person_internal(directory, row->person);
    row->role = text_of(table, rows, 3);
    row->champion_known = !rows_is_null(rows, 4);
    row->champion = rows_int(rows, 4) != 0;
    row->from = rows_int(rows, 5);
    row->to = rows_is_null(rows, 6) ? INT64_MAX : rows_int(rows, 6);
    row->name = text_of(table, rows, 7);
    row->email = text_of(table, rows, 8);
    row->domain = domain_of(table, row->email);
    row->title = text_of(table, rows, 9);
    row->has_key = rows_int(rows, 10) != 0;
    bool fresh = before == ACCOUNT_NONE || (before != account && !is_listed(table, account, slot));
    if (fresh) list_put(table, account, slot);
}

/* The contact of a person at an account; NULL: none. */
static struct contact_row *find(struct contact_table *table, uint32_t account, struct id person) {
    if (account >= table->account_n) return NULL;
    const struct contact_list *list = &table->accounts[account];
    for (uint32_t i = 0; i < list->n; i++) {
        struct contact_row *row = &table->rows[list->slots[i]];
        if (row->account == account && id_equal(row->person_id, person)) return row;
    }
    return NULL;
}

static void read_answer(struct contact_table *table, struct rows *rows, const struct directory *directory) {
    struct contact_row *row = find(table, directory_by_id(directory, rows_id(rows, 0)), rows_id(rows, 1));
    if (!row) return;
    bool nps = str_is(rows_text(rows, 2, NULL), "nps");
    struct contact_answer **list = nps ? &row->nps : &row->csat;
    uint32_t *n = nps ? &row->nps_n : &row->csat_n;
    *list = memory_resize(*list, (*n + 1) * sizeof **list);
    (*list)[(*n)++] = (struct contact_answer){rows_int(rows, 3), rows_int(rows, 4), rows_number(rows, 5)};
}

static void read_trait(struct contact_table *table, struct rows *rows, const struct directory *directory) {
    struct contact_row *row = find(table, directory_by_id(directory, rows_id(rows, 0)), rows_id(rows, 1));
    if (!row) return;
    struct buf field = {0};
    buf_put_c(&field, "traits.");
    buf_put_str(&field, rows_text(rows, 2, NULL));
    row->traits = memory_resize(row->traits, (row->trait_n + 1) * sizeof *row->traits);
    row->traits[row->trait_n++] =
        (struct contact_trait){dict_put(&table->trait_fields, buf_str(&field), NULL),
                               dict_put(&table->texts, rows_text(rows, 3, NULL), NULL), rows_int(rows, 4)};
    buf_free(&field);
}

enum status contact_table_load(struct contact_table *table, struct session *session,
                               const struct directory *directory, const struct id *account,
                               struct problem *problem) {
    static const struct {
        const struct query *all, *of;
        void (*read)(struct contact_table *table, struct rows *rows, const struct directory *directory);
    } passes[] = {{&query_signal_contacts, &query_signal_contacts_of, read_contact},
                  {&query_signal_contact_answers, &query_signal_contact_answers_of, read_answer},
                  {&query_signal_contact_traits, &query_signal_contact_traits_of, read_trait}};
    if (account) {
        uint32_t index = directory_by_id(directory, *account);
        if (index == ACCOUNT_NONE) return OK;
        list_clear(table, index);
    }
    for (size_t i = 0; i < table->account_n && !account; i++)
        list_clear(table, (uint32_t)i);
    for (size_t pass = 0; pass < COUNT(passes); pass++) {
        struct rows *rows = rows_open(session, account ? passes[pass].of : passes[pass].all);
        if (account) rows_bind_id(rows, "account", *account);
        while (rows_next(rows))
            passes[pass].read(table, rows, directory);
        enum status status = rows_close(rows, problem);
        if (status) return status;
    }
    return OK;
}
