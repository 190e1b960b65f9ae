-- Who refers to an account or a person: the timeline asks for the moves of one member, an undo of an import for everything that still hangs on a row.
CREATE INDEX segment_history_by_member ON segment_history (member, at);
CREATE INDEX accounts_by_parent ON accounts (parent);
CREATE INDEX account_merges_by_kept ON account_merges (kept);
CREATE INDEX tickets_by_person ON tickets (person);
CREATE INDEX answers_by_person ON answers (person);
CREATE INDEX activities_by_person ON activities (person);
CREATE INDEX invitations_by_person ON invitations (person);
CREATE INDEX activities_by_author ON activities (author) WHERE author IS NOT NULL;
