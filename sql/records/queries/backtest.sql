-- What could be known before an instant, and how much of that is assumed from a declared back-fill, by source.
-- name: knowledge_of_records
SELECT 'subscriptions', COUNT(*), COALESCE(SUM(known_assumed), 0) FROM subscriptions WHERE known_from < :before
UNION ALL SELECT 'invoices', COUNT(*), COALESCE(SUM(known_assumed), 0) FROM invoices WHERE known_from < :before
UNION ALL SELECT 'tickets', COUNT(*), COALESCE(SUM(known_assumed), 0) FROM tickets WHERE known_from < :before
UNION ALL SELECT 'answers', COUNT(*), COALESCE(SUM(known_assumed), 0) FROM answers WHERE known_from < :before
UNION ALL SELECT 'activities', COUNT(*), COALESCE(SUM(known_assumed), 0) FROM activities WHERE known_from < :before
UNION ALL SELECT 'attributes', COUNT(*), COALESCE(SUM(assumed), 0) FROM account_history WHERE recorded_at < :before
UNION ALL SELECT 'manual', COUNT(*), 0 FROM manual_values WHERE recorded_at < :before;
-- The pooled test of the cards in force, as it stands beside scores.
-- name: score_odds_clear
DELETE FROM score_odds;
-- name: score_odds_put
INSERT INTO score_odds (card, version, part, place, band, score_from, score_to, outcome, days, cases, lost, accounts, rate, low, high,
    computed_on)
VALUES (:card, :version, :part, :place, :band, :score_from, :score_to, :outcome, :days, :cases, :lost, :accounts, :rate, :low, :high,
    :computed_on);
-- name: score_odds_list
SELECT card, version, part, place, band, score_from, score_to, outcome, days, cases, lost, accounts, rate, low, high, computed_on
FROM score_odds ORDER BY card, part, place;
