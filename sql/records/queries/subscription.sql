-- name: subscription_insert
INSERT INTO subscriptions (id, source, key, account, product, plan, starts_on, ends_before, seats, amount, amount_per, arr, currency,
    term_months, auto_renew, notice_days, cancelled_on, escalator, usage_priced, renews, effective_from, effective_assumed, recorded_at, known_from, known_assumed,
    version, created_at, updated_at)
VALUES (:id, :source, :key, :account, :product, :plan, :starts_on, :ends_on + 1, :seats, :amount, :amount_per, :arr, :currency,
    :term_months, :auto_renew, :notice_days, :cancelled_on, :escalator, :usage_priced, :renews, :effective_from, :effective_assumed, :recorded_at, :known_from,
    :known_assumed, :version, :created_at, :updated_at);
-- name: subscription_update
UPDATE subscriptions SET account = :account, product = :product, plan = :plan, starts_on = :starts_on, ends_before = :ends_on + 1,
    seats = :seats, amount = :amount, amount_per = :amount_per, arr = :arr, currency = :currency, term_months = :term_months,
    auto_renew = :auto_renew, notice_days = :notice_days, cancelled_on = :cancelled_on, escalator = :escalator, usage_priced = :usage_priced, renews = :renews,
    effective_from = :effective_from, effective_assumed = :effective_assumed, recorded_at = :recorded_at, known_from = :known_from,
    known_assumed = :known_assumed, version = :version, updated_at = :updated_at
WHERE id = :id AND version = :version - 1;
-- name: subscription_get
SELECT s.*, s.ends_before - 1 AS ends_on FROM subscriptions s WHERE s.id = :id;
-- name: subscription_newest
SELECT s.*, s.ends_before - 1 AS ends_on FROM subscriptions s WHERE s.source = :source AND s.key = :key
ORDER BY s.effective_from DESC LIMIT 1;
-- name: subscription_version
SELECT s.*, s.ends_before - 1 AS ends_on FROM subscriptions s
WHERE s.source = :source AND s.key = :key AND s.effective_from = :effective_from;
-- name: subscription_other_currency
SELECT currency, key FROM subscriptions WHERE account = :account AND product = :product AND currency <> :currency AND id <> :id LIMIT 1;
-- name: subscription_list
SELECT s.*, s.ends_before - 1 AS ends_on FROM subscriptions s JOIN accounts a ON a.id = s.account
WHERE a.lives_in = (SELECT lives_in FROM accounts WHERE id = :account)
  AND (:first = 1 OR (s.starts_on, s.id) < (SELECT starts_on, id FROM subscriptions WHERE id = :after))
ORDER BY s.starts_on DESC, s.id DESC LIMIT :limit;
-- name: subscription_keep_before
INSERT INTO subscriptions_before (id, known_until, source, key, account, product, plan, starts_on, ends_before, seats, arr, currency, term_months,
    auto_renew, notice_days, cancelled_on, escalator, usage_priced, effective_from, known_from, known_assumed)
VALUES (:id, :known_until, :source, :key, :account, :product, :plan, :starts_on, :ends_on + 1, :seats, :arr, :currency, :term_months,
    :auto_renew, :notice_days, :cancelled_on, :escalator, :usage_priced, :effective_from, :known_from, :known_assumed);
