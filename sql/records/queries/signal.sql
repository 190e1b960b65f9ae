-- Signals as facts read them: account, occurred, known_from, ended, known_assumed, numbers, texts in the order of insight/sources.c.
-- name: signal_subscriptions
SELECT a.lives_in, s.starts_on, s.known_from, s.ends_before, s.known_assumed, s.seats, s.arr, s.auto_renew, s.cancelled_on, s.term_months, s.notice_days, s.effective_from,
       s.escalator, s.usage_priced, NULL, s.source || ':' || s.key, s.currency, s.product, s.plan,
       CASE WHEN s.account = a.lives_in THEN NULL ELSE s.account END
FROM subscriptions s JOIN accounts a ON a.id = s.account
UNION ALL
SELECT a.lives_in, s.starts_on, s.known_from, s.ends_before, s.known_assumed, s.seats, s.arr, s.auto_renew, s.cancelled_on, s.term_months, s.notice_days, s.effective_from,
       s.escalator, s.usage_priced, s.known_until, s.source || ':' || s.key, s.currency, s.product, s.plan,
       CASE WHEN s.account = a.lives_in THEN NULL ELSE s.account END
FROM subscriptions_before s JOIN accounts a ON a.id = s.account;
-- name: signal_subscriptions_of
SELECT a.lives_in, s.starts_on, s.known_from, s.ends_before, s.known_assumed, s.seats, s.arr, s.auto_renew, s.cancelled_on, s.term_months, s.notice_days, s.effective_from,
       s.escalator, s.usage_priced, NULL, s.source || ':' || s.key, s.currency, s.product, s.plan,
       CASE WHEN s.account = a.lives_in THEN NULL ELSE s.account END
FROM subscriptions s JOIN accounts a ON a.id = s.account WHERE a.lives_in = :account
UNION ALL
SELECT a.lives_in, s.starts_on, s.known_from, s.ends_before, s.known_assumed, s.seats, s.arr, s.auto_renew, s.cancelled_on, s.term_months, s.notice_days, s.effective_from,
       s.escalator, s.usage_priced, s.known_until, s.source || ':' || s.key, s.currency, s.product, s.plan,
       CASE WHEN s.account = a.lives_in THEN NULL ELSE s.account END
FROM subscriptions_before s JOIN accounts a ON a.id = s.account WHERE a.lives_in = :account;
-- name: signal_invoices
SELECT a.lives_in, s.issued_on, s.known_from, s.paid_on, s.known_assumed, s.due_on, s.amount, s.currency
FROM invoices s JOIN accounts a ON a.id = s.account;
-- name: signal_invoices_of
SELECT a.lives_in, s.issued_on, s.known_from, s.paid_on, s.known_assumed, s.due_on, s.amount, s.currency
FROM invoices s JOIN accounts a ON a.id = s.account WHERE a.lives_in = :account;
-- name: signal_tickets
SELECT a.lives_in, s.opened_at, s.known_from, s.closed_at, s.known_assumed, s.urgency, s.status
FROM tickets s JOIN accounts a ON a.id = s.account;
-- name: signal_tickets_of
SELECT a.lives_in, s.opened_at, s.known_from, s.closed_at, s.known_assumed, s.urgency, s.status
FROM tickets s JOIN accounts a ON a.id = s.account WHERE a.lives_in = :account;
-- name: signal_answers
SELECT a.lives_in, s.answered_at, s.known_from, NULL, s.known_assumed, s.score, s.scale_min, s.scale_max, s.kind
FROM answers s JOIN accounts a ON a.id = s.account;
-- name: signal_answers_of
SELECT a.lives_in, s.answered_at, s.known_from, NULL, s.known_assumed, s.score, s.scale_min, s.scale_max, s.kind
FROM answers s JOIN accounts a ON a.id = s.account WHERE a.lives_in = :account;
-- name: signal_activities
SELECT a.lives_in, s.happened_at, s.known_from, NULL, s.known_assumed, s.kind
FROM activities s JOIN accounts a ON a.id = s.account;
-- name: signal_activities_of
SELECT a.lives_in, s.happened_at, s.known_from, NULL, s.known_assumed, s.kind
FROM activities s JOIN accounts a ON a.id = s.account WHERE a.lives_in = :account;
-- name: signal_attributes
SELECT a.lives_in, s.valid_from, s.recorded_at, NULL, s.assumed, NULL, s.field, s.value
FROM account_history s JOIN accounts a ON a.id = s.account AND a.merged_into IS NULL;
-- name: signal_attributes_of
SELECT a.lives_in, s.valid_from, s.recorded_at, NULL, s.assumed, NULL, s.field, s.value
FROM account_history s JOIN accounts a ON a.id = s.account AND a.merged_into IS NULL WHERE a.lives_in = :account;
-- name: signal_manual
SELECT a.lives_in, s.valid_from, s.recorded_at, s.ends_at, 0, s.number, s.fact, s.value
FROM manual_values s JOIN accounts a ON a.id = s.account;
-- name: signal_manual_of
SELECT a.lives_in, s.valid_from, s.recorded_at, s.ends_at, 0, s.number, s.fact, s.value
FROM manual_values s JOIN accounts a ON a.id = s.account WHERE a.lives_in = :account;
-- Those that could be judged. A step ends when it is reached; left: the first day out of the stage, far in the future while in it.
-- name: signal_milestones
SELECT s.account, s.entered_on, s.entered_on * 86400000, s.reached_on, 0, s.due_on, coalesce(s.left_on, 2147483647), s.reached_on, m.key, m.stage
FROM milestone_steps s JOIN milestones m ON m.id = s.milestone WHERE s.judged = 1;
-- name: signal_milestones_of
SELECT s.account, s.entered_on, s.entered_on * 86400000, s.reached_on, 0, s.due_on, coalesce(s.left_on, 2147483647), s.reached_on, m.key, m.stage
FROM milestone_steps s JOIN milestones m ON m.id = s.milestone WHERE s.judged = 1 AND s.account = :account;
-- name: signal_features
SELECT key, core, plans, events FROM features ORDER BY key;
-- Contacts as their facts are measured: the account and the person that they live in today.
-- name: signal_contacts
SELECT c.id, a.lives_in, p.lives_in, c.role, c.champion, c.valid_from, c.valid_to, p.name, p.email, p.title,
       (SELECT count(*) FROM person_keys k JOIN people q ON q.id = k.person WHERE q.lives_in = p.lives_in)
FROM contacts c JOIN accounts a ON a.id = c.account JOIN people p ON p.id = c.person ORDER BY c.id;
-- name: signal_contacts_of
SELECT c.id, a.lives_in, p.lives_in, c.role, c.champion, c.valid_from, c.valid_to, p.name, p.email, p.title,
       (SELECT count(*) FROM person_keys k JOIN people q ON q.id = k.person WHERE q.lives_in = p.lives_in)
FROM contacts c JOIN accounts a ON a.id = c.account JOIN people p ON p.id = c.person WHERE a.lives_in = :account ORDER BY c.id;
-- name: signal_contact_answers
SELECT a.lives_in, p.lives_in, s.kind, s.answered_at, s.known_from, s.score
FROM answers s JOIN accounts a ON a.id = s.account JOIN people p ON p.id = s.person
WHERE s.kind = 'nps' OR (s.kind = 'csat' AND s.scale_max = 10) ORDER BY s.answered_at, s.id;
-- The kinds stand in a CASE: as plain conditions they would send the planner through all answers of a kind.
-- name: signal_contact_answers_of
SELECT a.lives_in, p.lives_in, s.kind, s.answered_at, s.known_from, s.score
FROM answers s JOIN accounts a ON a.id = s.account JOIN people p ON p.id = s.person
WHERE a.lives_in = :account AND CASE WHEN s.kind = 'nps' THEN 1 WHEN s.kind = 'csat' AND s.scale_max = 10 THEN 1 ELSE 0 END = 1
ORDER BY s.answered_at, s.id;
-- name: signal_contact_traits
SELECT a.lives_in, p.lives_in, t.field, t.value, t.event_time
FROM person_traits t JOIN people p ON p.id = t.person JOIN contacts c ON c.person = p.id JOIN accounts a ON a.id = c.account;
-- name: signal_contact_traits_of
SELECT a.lives_in, p.lives_in, t.field, t.value, t.event_time
FROM person_traits t JOIN people p ON p.id = t.person JOIN contacts c ON c.person = p.id JOIN accounts a ON a.id = c.account
WHERE a.lives_in = :account;
-- name: signal_predictions
SELECT a.lives_in, s.given_at, s.given_at, NULL, 0, s.chance, s.low, s.high, s.version, s.outcome
FROM predictions s JOIN accounts a ON a.id = s.account AND a.merged_into IS NULL;
-- name: signal_predictions_of
SELECT a.lives_in, s.given_at, s.given_at, NULL, 0, s.chance, s.low, s.high, s.version, s.outcome
FROM predictions s JOIN accounts a ON a.id = s.account AND a.merged_into IS NULL WHERE a.lives_in = :account;
