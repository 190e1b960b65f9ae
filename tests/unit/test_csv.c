#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#include "base/csv.h"
#include "base/vec.h"

/* A file as one line of text: rows as line:cell|cell, '!' behind the line of a ragged row, a fault as
 * line:(code,args). The error that ends the reading stands last. */
static const char *read_all(struct str data, const struct csv_options *options, struct buf *out) {
    struct arena arena = {0};
    struct problem problem = {.arena = &arena};
    struct csv *csv;
    buf_clear(out);
    enum status status = csv_open_memory(data, options, &csv, &problem);
    const struct csv_row *row = status ? NULL : csv_header(csv);
    while (row && !status) {
        buf_format(out, "%lld%s:", (long long)row->line, row->ragged ? "!" : "");
        if (row->fault)
            buf_format(out, "(%s,%.*s,%.*s)", row->fault->code, STR_ARG(row->fault_args[0]),
                       STR_ARG(row->fault_args[1]));
        for (size_t i = 0; i < row->n; i++)
            buf_format(out, "%s%.*s", i ? "|" : "", STR_ARG(row->cells[i]));
        buf_put_byte(out, '\n');
        status = csv_next(csv, &row, &problem);
    }
    if (status) {
        buf_format(out, "%s", problem.main.message.code);
        for (size_t i = 0; i < problem.main.arg_count; i++)
            buf_format(out, " %.*s", STR_ARG(problem.main.args[i]));
    }
    buf_put_byte(out, 0);
    csv_close(csv);
    arena_free(&arena);
    return out->p;
}

static void forms(void **state) {
    (void)state;
    static const struct {
        const char *name;
        struct str data;
        const char *rows;
    } cases[] = {
        {"plain", STR("a,b\n1,2\n3,4\n"), "1:a|b\n2:1|2\n3:3|4\n"},
        {"no end of line at the end", STR("a,b\n1,2"), "1:a|b\n2:1|2\n"},
        {"CRLF", STR("a,b\r\n1,2\r\n"), "1:a|b\n2:1|2\n"},
        {"CR", STR("a,b\r1,2\r3,4"), "1:a|b\n2:1|2\n3:3|4\n"},
        {"BOM", STR("\xEF\xBB\xBFنام,b\nالف,2\n"), "1:نام|b\n2:الف|2\n"},
        {"BOM and quotes", STR("\xEF\xBB\xBF\"a,\",b\n1,2\n"), "1:a,|b\n2:1|2\n"},
        {"semicolons", STR("a;b,c;d\n1;2,3;4\n"), "1:a|b,c|d\n2:1|2,3|4\n"},
        {"tabs", STR("a\tb\n1,5\t2\n"), "1:a|b\n2:1,5|2\n"},
        {"delimiter in quotes is not counted", STR("\"x,y,z\";b\n1;2\n"), "1:x,y,z|b\n2:1|2\n"},
        {"one column", STR("a\n1\n\n2\n"), "1:a\n2:1\n4:2\n"},
        {"empty cells", STR("a,b,c\n,,\n\"\",1,\n"), "1:a|b|c\n2:||\n3:|1|\n"},
        {"doubled quotes", STR("a,b\n\"say \"\"hi\"\"\",\"\"\"\"\n"), "1:a|b\n2:say \"hi\"|\"\n"},
        {"lines inside of quotes", STR("a,b\n\"x\ny\r\nz\",1\n2,3\n"), "1:a|b\n2:x\ny\r\nz|1\n5:2|3\n"},
        {"quote inside of a bare cell", STR("a,b\n5\" pipe,1\n"), "1:a|b\n2:5\" pipe|1\n"},
        {"spaces stay", STR("a,b\n 1 , \"2\n"), "1:a|b\n2: 1 | \"2\n"},
        {"blank lines", STR("\n\na,b\n\n1,2\n\n\n"), "3:a|b\n5:1|2\n"},
        {"ragged", STR("a,b\n1\n1,2,3\n1,2\n"), "1:a|b\n2!:1\n3!:1|2|3\n4:1|2\n"},
        {"header alone", STR("a,b"), "1:a|b\n"},
        {"empty file", STR(""), "csv_empty"},
        {"nothing but lines", STR("\n\r\n"), "csv_empty"},
        {"BOM alone", STR("\xEF\xBB\xBF"), "csv_empty"},
        {"text behind a quote", STR("a,b\n\"1\"x,2\n3,4\n"), "1:a|b\n2:(csv_quote_junk,2,)\n3:3|4\n"},
        {"open quote", STR("a,b\n1,2\n3,\"4\n5,6\n"), "1:a|b\n2:1|2\n3:(csv_quote_open,3,)\n"},
        {"open quote in the header", STR("a,\"b\n1,2\n"), "csv_quote_open 1 "},
        {"bad byte", STR("a,b\n1,2\n3,caf\xE9\n5,6\n"), "1:a|b\n2:1|2\ncsv_bad_encoding 3 14"},
        {"cut sequence at the end", STR("a,b\n1,\xD8"), "1:a|b\ncsv_bad_encoding 2 7"},
        {"Windows-1256", STR("a,b\n1,\xC7\xED\xD1\xC7\xE4\n"), "1:a|b\ncsv_windows_1256 2 7"},
        {"zero byte", STR("a,b\n1,\0\n"), "1:a|b\ncsv_bad_encoding 2 7"},
        {"UTF-16 with mark",
         STR("\xFF\xFE"
             "a\0,\0b\0"),
         "csv_utf16"},
        {"UTF-16 without", STR("a\0,\0b\0\n\0"), "csv_utf16"},
        {"a workbook", STR("PK\3\4\24\0\6\0"), "csv_is_workbook"},
    };
    struct buf out = {0};
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *rows = read_all(cases[i].data, NULL, &out);
        if (strcmp(rows, cases[i].rows) != 0) fail_msg("%s: %s", cases[i].name, rows);
    }
    struct csv_options comma = {.delimiter = ','};
    assert_string_equal(read_all(STR("a;b;c,d\n1,2\n"), &comma, &out), "1:a;b;c|d\n2:1|2\n");
    buf_free(&out);
}

static void limits(void **state) {
    (void)state;
    struct buf data = {0}, out = {0};
    struct csv_options small = {.max_field = 5, .max_columns = 3, .max_row = 12};
    assert_string_equal(read_all(STR("a,b\n123456,1\n1,2,3,4\n12345,12345,1\n1,2\n"), &small, &out),
                        "1:a|b\n2:(csv_field_too_large,2,5)\n3:(csv_too_many_columns,3,3)\n4:(csv_row_too_"
                        "large,4,12)\n5:1|2\n");
    /* 10 MB in one field, with lines in it: passed over, and the lines are counted */
    buf_put_c(&data, "a,b\n1,\"");
    for (int i = 0; i < 1000000; i++)
        buf_put_c(&data, "xxxx,xxxx\n");
    buf_put_c(&data, "\"\n3,4\n");
    assert_string_equal(read_all(buf_str(&data), NULL, &out),
                        "1:a|b\n2:(csv_row_too_large,2,4194304)\n1000003:3|4\n");
    /* a field over its limit in a row that still fits */
    buf_clear(&data);
    buf_put_c(&data, "a,b\n");
    for (int i = 0; i <= CSV_MAX_FIELD; i++)
        buf_put_byte(&data, 'x');
    buf_put_c(&data, ",1\n3,4\n");
    assert_string_equal(read_all(buf_str(&data), NULL, &out),
                        "1:a|b\n2:(csv_field_too_large,2,1048576)\n3:3|4\n");
    /* a quote that swallows everything behind it */
    buf_clear(&data);
    buf_put_c(&data, "a,b\n1,2\n\"");
    for (int i = 0; i < 600000; i++)
        buf_put_c(&data, "xxxx,xxxx\n");
    assert_string_equal(read_all(buf_str(&data), NULL, &out), "1:a|b\n2:1|2\n3:(csv_quote_open,3,)\n");
    buf_free(&data);
    buf_free(&out);
}

/* A stream of cells against a reader of the plainest kind, over many buffers, plain and compressed. */
static void long_file(void **state) {
    (void)state;
    struct buf data = {0};
    uint32_t seed = 7;
    VEC(int64_t) lines = {0};
    VEC(char *) values = {0};
    static const char *const pieces[] = {"",           "x",          "سلام", "a \"quote\"", "two\nlines",
                                         "comma,here", "1234567890", "🙂", "\r\n",        "\"\""};
    buf_put_c(&data, "a,b,c\n");
    int64_t line = 2;
    for (int i = 0; i < 60000; i++) {
        VEC_PUSH(&lines, line);
        for (int c = 0; c < 3; c++) {
            char value[256] = "";
            seed = seed * 1103515245 + 12345;
            for (uint32_t k = seed >> 16 & 3, s = seed >> 18; k; k--, s /= 10)
                strcat(value, pieces[s % 10]);
            if (c == 0 && i % 9000 == 8999) /* longer than the first buffer */
                for (int k = 0; k < 400000; k++)
                    buf_put_byte(&data, 'z');
            struct csv_writer writer = {&data, c > 0};
            if (!(c == 0 && i % 9000 == 8999)) csv_put_value(&writer, str_of(value));
            for (const char *p = value; *p && !(c == 0 && i % 9000 == 8999); p++)
                line += *p == '\n';
            char *kept = memory_new(sizeof value);
            strcpy(kept, value);
            VEC_PUSH(&values, kept);
        }
        buf_put_c(&data, i % 2 ? "\n" : "\r\n");
        line++;
    }
    char path[] = "/tmp/vafa-test-csv-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    for (int zipped = 0; zipped < 2; zipped++) {
        gzFile file = gzopen(path, zipped ? "wb" : "wbT"); /* T: as it is */
        size_t half = data.n / 2;
        assert_int_equal(gzwrite(file, data.p, (unsigned)half), half);
        if (zipped) { /* two members one behind the other */
            gzclose(file);
            file = gzopen(path, "ab");
        }
        assert_int_equal(gzwrite(file, data.p + half, (unsigned)(data.n - half)), data.n - half);
        gzclose(file);
        struct arena arena = {0};
        struct problem problem = {.arena = &arena};
        struct csv *csv;
        const struct csv_row *row;
        assert_int_equal(csv_open(path, NULL, &csv, &problem), OK);
        size_t i = 0;
        while (assert_int_equal(csv_next(csv, &row, &problem), OK), row) {
            assert_null(row->fault);
            assert_int_equal(row->line, lines.v[i]);
            assert_int_equal(row->n, 3);
            for (size_t c = 0; c < 3; c++) {
                if (c == 0 && i % 9000 == 8999)
                    assert_int_equal(row->cells[c].n, 400000);
                else
                    assert_true(str_is(row->cells[c], values.v[i * 3 + c]));
            }
            i++;
        }
        assert_int_equal(i, 60000);
        uint64_t done, total;
        csv_progress(csv, &done, &total);
        assert_true(done == total && total > 0 && (zipped ? total < data.n : total == data.n));
        csv_close(csv);
        arena_free(&arena);
    }
    unlink(path);
    close(fd);
    for (size_t i = 0; i < values.n; i++)
        free(values.v[i]);
    VEC_FREE(&values);
    VEC_FREE(&lines);
    buf_free(&data);
}

static void damaged(void **state) {
    (void)state;
    struct buf text = {0}, out = {0};
    buf_put_c(&text, "a,b\n");
    for (unsigned i = 0; i < 50000; i++)
        buf_format(&text, "%u,%u\n", i * 2654435761u, i);
    unsigned char *packed = memory_new(text.n + 1000);
    z_stream z = {0};
    deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    z.next_in = (unsigned char *)text.p;
    z.avail_in = (unsigned)text.n;
    z.next_out = packed;
    z.avail_out = (unsigned)text.n + 1000;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    size_t n = z.total_out;
    deflateEnd(&z);
    const char *rows = read_all((struct str){(char *)packed, n}, NULL, &out);
    assert_non_null(strstr(rows, "\n50001:"));
    assert_null(strstr(rows, "csv_"));
    rows = read_all((struct str){(char *)packed, n / 2}, NULL, &out); /* the rows before the cut are read */
    const char *error = strstr(rows, "csv_gzip_cut_off ");
    assert_non_null(error);
    long line = strtol(error + 17, NULL, 10);
    assert_true(line > 20000 && line < 30000);
    char last[32];
    snprintf(last, sizeof last, "\n%ld:", line - 1);
    assert_non_null(strstr(rows, last));
    rows = read_all((struct str){(char *)packed, n - 4}, NULL, &out); /* all rows are there, the sum is not */
    assert_non_null(strstr(rows, "\n50001:"));
    assert_non_null(strstr(rows, "csv_gzip_cut_off 50002"));
    packed[n / 2] ^= 0x55;
    assert_non_null(strstr(read_all((struct str){(char *)packed, n}, NULL, &out), "csv_gzip_damaged "));
    assert_string_equal(read_all((struct str){(char *)packed, 5}, NULL, &out), "csv_gzip_cut_off 1");
    free(packed);
    struct arena arena = {0};
    struct problem problem = {.arena = &arena};
    struct csv *csv;
    assert_int_equal(csv_open("/nowhere/file.csv", NULL, &csv, &problem), UNAVAILABLE);
    assert_null(csv);
    arena_free(&arena);
    buf_free(&text);
    buf_free(&out);
}

static void writing(void **state) {
    (void)state;
    struct buf out = {0};
    struct csv_writer writer = {.out = &out};
    csv_put_bom(&writer);
    static const char *const texts[] = {"",   "plain", "a,b", "say \"hi\"", "two\nlines", "=1+1",
                                        "+1", "-1",    "@x",  "\tx",        "\rx",        "1=1"};
    for (size_t i = 0; i < COUNT(texts); i++)
        csv_put_text(&writer, str_of(texts[i]));
    csv_end_row(&writer);
    csv_put_value(&writer, STR("-5"));
    csv_put_value(&writer, STR(""));
    csv_end_row(&writer);
    buf_put_byte(&out, 0);
    assert_string_equal(
        out.p, "\uFEFF,plain,\"a,b\",\"say "
               "\"\"hi\"\"\",\"two\nlines\",\"'=1+1\",\"'+1\",\"'-1\",\"'@x\",\"'\tx\",\"'\rx\",1=1\r\n"
               "-5,\r\n");
    buf_free(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(forms), cmocka_unit_test(limits),
                                       cmocka_unit_test(long_file), cmocka_unit_test(damaged),
                                       cmocka_unit_test(writing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
