-- Models and what they foretold.
-- name: model_put
INSERT INTO models (outcome, version, state, verdict, learner, made_at, made_by, definition, first_day, last_day, cases, lost, accounts, columns,
    body, tests)
VALUES (:outcome, :version, :state, :verdict, :learner, :made_at, :made_by, :definition, :first_day, :last_day, :cases, :lost, :accounts, :columns,
    :body, :tests);
-- name: model_put_trees
INSERT INTO model_trees (outcome, version, bytes) VALUES (:outcome, :version, :bytes);
-- name: model_trees
SELECT bytes FROM model_trees WHERE outcome = :outcome AND version = :version;
-- name: model_state
UPDATE models SET state = :state WHERE outcome = :outcome AND version = :version;
-- name: model_list
SELECT outcome, version, state, verdict, learner, made_at, made_by, definition, first_day, last_day, cases, lost, accounts, columns, body, tests
FROM models WHERE :outcome = '' OR outcome = :outcome ORDER BY outcome, version DESC;
-- name: model_live
SELECT outcome, version, state, verdict, learner, made_at, made_by, definition, first_day, last_day, cases, lost, accounts, columns, body, tests
FROM models WHERE outcome = :outcome AND state = 'live' ORDER BY version DESC LIMIT 1;
-- name: model_live_version
SELECT version FROM models WHERE outcome = :outcome AND state = 'live' ORDER BY version DESC LIMIT 1;
-- name: model_newest
SELECT outcome, version, state, verdict, learner, made_at, made_by, definition, first_day, last_day, cases, lost, accounts, columns, body, tests
FROM models WHERE outcome = :outcome ORDER BY version DESC LIMIT 1;
-- name: model_outcomes
SELECT DISTINCT outcome FROM models ORDER BY outcome;
-- name: model_last_version
SELECT COALESCE(MAX(version), 0) FROM models WHERE outcome = :outcome;
-- name: prediction_put
INSERT INTO predictions (outcome, account, given_at, version, chance, low, high)
VALUES (:outcome, :account, :given_at, :version, :chance, :low, :high)
ON CONFLICT (account, outcome, given_at) DO UPDATE SET version = excluded.version, chance = excluded.chance, low = excluded.low,
    high = excluded.high;
-- name: prediction_forget
DELETE FROM predictions WHERE outcome = :outcome AND given_at < :horizon AND EXISTS (
    SELECT 1 FROM predictions AS later WHERE later.account = predictions.account AND later.outcome = predictions.outcome
        AND later.given_at > predictions.given_at AND later.given_at < :horizon);
-- name: prediction_history
SELECT outcome, given_at, version, chance, low, high FROM predictions WHERE account = :account ORDER BY outcome, given_at DESC;
