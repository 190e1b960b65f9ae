/* "The SQL stays inside what PostgreSQL also accepts": a private PostgreSQL in a temporary folder, reachable
 * by a unix socket alone, takes every migration and prepares every named query. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/buf.h"
#include "queries.h"

#include <ctype.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PARAMETERS = 64, START_SECONDS = 60 };

static char folder[64], data[96], programs[128];
static pid_t server;

/* Starts a program of PostgreSQL as an unprivileged user; it dies with us. */
static pid_t start(const char *const *arguments) {
    pid_t child = fork();
    if (child) return child;
    struct passwd *user = getuid() == 0 ? getpwnam("postgres") : NULL;
    if (user && (setgroups(0, NULL) || setgid(user->pw_gid) || setuid(user->pw_uid))) _exit(126);
    prctl(PR_SET_PDEATHSIG, SIGQUIT);
    if (chdir("/")) _exit(126); /* that user may have no way into ours */
    int out = open("/dev/null", O_WRONLY);
    if (out >= 0) dup2(out, 1), dup2(out, 2);
    char program[256];
    snprintf(program, sizeof program, "%s/%s", programs, arguments[0]);
    const char *own[24] = {program}; /* by its whole path: it looks for its siblings beside itself */
    for (size_t i = 1; i < 23 && arguments[i]; i++)
        own[i] = arguments[i];
    execv(program, (char *const *)own);
    _exit(127);
}

static bool find_programs(void) {
    glob_t found;
    bool any = glob("/usr/lib/postgresql/*/bin", 0, NULL, &found) == 0 && found.gl_pathc > 0;
    if (any) snprintf(programs, sizeof programs, "%s", found.gl_pathv[found.gl_pathc - 1]);
    globfree(&found);
    char initdb[256];
    snprintf(initdb, sizeof initdb, "%s/initdb", programs);
    return any && access(initdb, X_OK) == 0 && (getuid() != 0 || getpwnam("postgres"));
}

static PGconn *connect_when_ready(void) {
    char address[256];
    snprintf(address, sizeof address, "host=%s dbname=postgres user=vafa", folder);
    for (int i = 0; i < START_SECONDS * 20; i++) {
        if (PQping(address) == PQPING_OK) return PQconnectdb(address);
        if (waitpid(server, NULL, WNOHANG) == server) break;
        nanosleep(&(struct timespec){0, 50000000}, NULL);
    }
    return NULL;
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *place) {
    (void)about, (void)kind, (void)place;
    return remove(path);
}

static int set_up(void **state) {
    if (!find_programs()) return 0;
    snprintf(folder, sizeof folder, "/tmp/vafa-postgres-XXXXXX");
    if (!mkdtemp(folder)) return -1;
    struct passwd *user = getuid() == 0 ? getpwnam("postgres") : NULL;
    if (user && chown(folder, user->pw_uid, user->pw_gid)) return -1;
    snprintf(data, sizeof data, "%s/data", folder);
    int result = -1;
    pid_t init = start((const char *const[]){"initdb", "-D", data, "-U", "vafa", "-A", "trust", "-E", "UTF8",
                                             "--locale=C", "-N", NULL});
    if (waitpid(init, &result, 0) != init || result) return -1;
    server = start((const char *const[]){"postgres", "-D", data, "-k", folder, "-c",
                                         "listen_addresses=", "-c", "fsync=off", NULL});
    *state = connect_when_ready();
    return *state ? 0 : -1;
}

static int tear_down(void **state) {
    if (!folder[0]) return 0;
    PQfinish(*state);
    if (server > 0) {         /* 0 would be everybody of our group */
        kill(server, SIGINT); /* fast shutdown */
        waitpid(server, NULL, 0);
    }
    return nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Rewrites :name into $n (the same name, the same number), outside of quotes and comments. Returns how many
 * there are. */
static int number_parameters(const char *sql, struct buf *out) {
    struct str names[PARAMETERS];
    int count = 0;
    for (const char *c = sql; *c;) {
        size_t n = 1;
        if (*c == '\'' || *c == '"') {
            while (c[n] && c[n] != *c)
                n++;
            n += c[n] != 0;
        } else if (c[0] == '-' && c[1] == '-') {
            n = strcspn(c, "\n");
        } else if (c[0] == ':' && c[1] == ':') {
            n = 2;
        } else if (c[0] == ':' && (isalpha((unsigned char)c[1]) || c[1] == '_')) {
            while (isalnum((unsigned char)c[n]) || c[n] == '_')
                n++;
            struct str name = {c + 1, n - 1};
            int i = 0;
            while (i < count && !str_equal(names[i], name))
                i++;
            assert_true(i < PARAMETERS);
            if (i == count) names[count++] = name;
            buf_format(out, "$%d", i + 1);
            c += n;
            continue;
        }
        buf_put(out, c, n);
        c += n;
    }
    buf_put_byte(out, 0);
    return count;
}

static void numbers_parameters_as_postgres_does(void **state) {
    (void)state;
    struct buf out = {0};
    assert_int_equal(
        number_parameters("SELECT ':a', x::text -- :b\n WHERE y = :y AND z = :z1 OR y < :y", &out), 2);
    assert_string_equal(out.p, "SELECT ':a', x::text -- :b\n WHERE y = $1 AND z = $2 OR y < $1");
    buf_free(&out);
}

static void takes_every_migration_and_query(void **state) {
    if (!*state) {
        print_message(
            "SKIPPED: no PostgreSQL server under /usr/lib/postgresql (Debian: apt-get install postgresql)\n");
        skip();
    }
    PGconn *connection = *state;
    for (int i = 0; i < MIGRATION_COUNT; i++) {
        PGresult *result = PQexec(connection, migrations[i].sql);
        ExecStatusType status = PQresultStatus(result);
        if (status != PGRES_COMMAND_OK && status != PGRES_EMPTY_QUERY)
            fail_msg("%s: %s", migrations[i].name, PQresultErrorMessage(result));
        PQclear(result);
    }
    int bad = 0;
    for (int i = 0; i < QUERY_COUNT; i++) {
        struct buf sql = {0};
        number_parameters(queries[i]->sql, &sql);
        PGresult *result = PQprepare(connection, queries[i]->name, sql.p, 0, NULL);
        if (PQresultStatus(result) != PGRES_COMMAND_OK) {
            print_error("%s: %s", queries[i]->name, PQresultErrorMessage(result));
            bad++;
        }
        PQclear(result);
        buf_free(&sql);
    }
    assert_int_equal(bad, 0);
}

static void refuses_what_only_sqlite_knows(void **state) {
    if (!*state) skip();
    static const char *const foreign[] = {"INSERT OR REPLACE INTO settings VALUES ('a', 'b', 1)",
                                          "SELECT datetime('now')", "SELECT rowid FROM settings"};
    for (int i = 0; i < 3; i++) {
        PGresult *result = PQprepare(*state, "foreign", foreign[i], 0, NULL);
        assert_int_equal(PQresultStatus(result), PGRES_FATAL_ERROR);
        PQclear(result);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_parameters_as_postgres_does),
        cmocka_unit_test(takes_every_migration_and_query),
        cmocka_unit_test(refuses_what_only_sqlite_knows),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
