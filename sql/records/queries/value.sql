-- name: value_event_list
SELECT * FROM value_events ORDER BY key;
-- name: value_event_put
INSERT INTO value_events (id, key, event, product, plan, clock, version, created_at, updated_at)
VALUES (:id, :key, :event, :product, :plan, :clock, :version, :created_at, :updated_at)
ON CONFLICT (key) DO UPDATE SET event = excluded.event, product = excluded.product, plan = excluded.plan, clock = excluded.clock,
    version = excluded.version, updated_at = excluded.updated_at;
-- name: value_event_by_key
SELECT * FROM value_events WHERE key = :key;
-- name: value_event_delete
DELETE FROM value_events WHERE key = :key;
-- name: milestone_list
SELECT * FROM milestones ORDER BY stage, place, key;
-- name: milestone_by_key
SELECT * FROM milestones WHERE key = :key;
-- name: milestone_put
INSERT INTO milestones (id, key, stage, place, title_en, title_fa, rule, due_days, version, created_at, updated_at)
VALUES (:id, :key, :stage, :place, :title_en, :title_fa, :rule, :due_days, :version, :created_at, :updated_at)
ON CONFLICT (key) DO UPDATE SET stage = excluded.stage, place = excluded.place, title_en = excluded.title_en, title_fa = excluded.title_fa,
    rule = excluded.rule, due_days = excluded.due_days, version = excluded.version, updated_at = excluded.updated_at;
-- name: milestone_delete
DELETE FROM milestones WHERE key = :key;
-- Judged anew: after a milestone changed, everybody; after an account's past changed, that account.
-- name: milestone_forget_all
DELETE FROM milestone_judged;
-- name: milestone_judged_list
SELECT account, judged_to, events, signals FROM milestone_judged;
-- name: milestone_judged_put
INSERT INTO milestone_judged (account, judged_to, events, signals) VALUES (:account, :judged_to, :events, :signals)
ON CONFLICT (account) DO UPDATE SET judged_to = excluded.judged_to, events = excluded.events, signals = excluded.signals;
-- name: milestone_step_list
SELECT account, milestone, entered_on, left_on, due_on, reached_on, judged FROM milestone_steps;
-- name: milestone_step_forget
DELETE FROM milestone_steps WHERE account = :account;
-- name: milestone_step_forget_gone
DELETE FROM milestone_steps WHERE milestone NOT IN (SELECT id FROM milestones);
-- name: milestone_step_put
INSERT INTO milestone_steps (account, milestone, entered_on, left_on, due_on, reached_on, judged)
VALUES (:account, :milestone, :entered_on, :left_on, :due_on, :reached_on, :judged);
