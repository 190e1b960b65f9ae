-- name: applied_get
SELECT reached FROM applied WHERE store = 'records';
-- name: applied_set
INSERT INTO applied (store, reached) VALUES ('records', :reached)
ON CONFLICT (store) DO UPDATE SET reached = excluded.reached;
-- name: source_all
SELECT name, kind, creates, rank, lag_ms, created_at FROM sources ORDER BY name;
-- name: source_put
INSERT INTO sources (name, kind, creates, rank, lag_ms, created_at) VALUES (:name, :kind, :creates, :rank, :lag_ms, :created_at)
ON CONFLICT (name) DO NOTHING;
-- name: source_day_put
INSERT INTO source_days (source, day, first_received) VALUES (:source, :day, :first_received)
ON CONFLICT (source, day) DO NOTHING;
-- name: source_day_all
SELECT source, day, first_received FROM source_days ORDER BY source, day;
-- name: browser_accounts_get
SELECT made FROM browser_accounts WHERE day = :day;
-- name: browser_accounts_add
INSERT INTO browser_accounts (day, made) VALUES (:day, :made)
ON CONFLICT (day) DO UPDATE SET made = browser_accounts.made + excluded.made;
