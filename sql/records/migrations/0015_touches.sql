-- Activities logged by hand, custom fields, and what imports changed.
-- author: the member who logged it; imported ones have none. person: with whom.
ALTER TABLE activities ADD COLUMN person BYTEA;
ALTER TABLE activities ADD COLUMN outcome TEXT;
ALTER TABLE activities ADD COLUMN sentiment TEXT;
ALTER TABLE activities ADD COLUMN next_step TEXT;
ALTER TABLE activities ADD COLUMN author BYTEA;

-- What an activity said before a member changed or removed it.
CREATE TABLE activity_versions (
    activity BYTEA NOT NULL, version BIGINT NOT NULL, account BYTEA NOT NULL, happened_at BIGINT NOT NULL, kind TEXT NOT NULL,
    person BYTEA, summary TEXT, outcome TEXT, sentiment TEXT, next_step TEXT, until BIGINT NOT NULL, by TEXT NOT NULL, removed BIGINT NOT NULL,
    PRIMARY KEY (activity, version));

-- Fields that the organisation adds to accounts and contacts. Values are traits of the same name; they outlive the definition.
-- choices: JSON [{"key", "en", "fa"}]; currency: of the type money.
CREATE TABLE custom_fields (
    id BYTEA NOT NULL PRIMARY KEY, of TEXT NOT NULL, key TEXT NOT NULL, type TEXT NOT NULL, title_en TEXT NOT NULL, title_fa TEXT,
    description TEXT, choices TEXT, currency TEXT, place BIGINT NOT NULL,
    version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, UNIQUE (of, key));

-- What each row of an import made or changed, so that it can be taken back. before and after: the record as JSON; before NULL: it was made.
-- state: in, restored, kept (somebody changed it since: reason).
CREATE TABLE import_changes (
    import BYTEA NOT NULL, place BIGINT NOT NULL, line BIGINT NOT NULL, record BYTEA NOT NULL, account BYTEA, key TEXT,
    before TEXT, after TEXT, state TEXT NOT NULL, reason TEXT, PRIMARY KEY (import, place));
CREATE INDEX import_changes_by_account ON import_changes (account, import);

-- Rows that an import or a dry run refused, with all cells, to be repaired. cells: JSON array in the order of the columns.
-- state: refused, repaired (in a dry run: checked and fine), taken.
CREATE TABLE import_refused (
    import BYTEA NOT NULL, line BIGINT NOT NULL, cells TEXT NOT NULL, faults TEXT NOT NULL, state TEXT NOT NULL, PRIMARY KEY (import, line));

ALTER TABLE imports ADD COLUMN undo TEXT;
ALTER TABLE imports ADD COLUMN undo_done BIGINT;
ALTER TABLE imports ADD COLUMN undo_total BIGINT;
ALTER TABLE imports ADD COLUMN undo_kept BIGINT;
ALTER TABLE imports ADD COLUMN undone_by TEXT;
ALTER TABLE imports ADD COLUMN undone_at BIGINT;
ALTER TABLE imports ADD COLUMN repaired BIGINT;
-- The dry run whose file and repairs an import takes in.
ALTER TABLE imports ADD COLUMN dry_run_of BYTEA;
