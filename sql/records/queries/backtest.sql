-- The pooled test of the cards in force, as it stands beside scores.
-- name: score_odds_clear
DELETE FROM score_odds;
-- name: score_odds_put
INSERT INTO score_odds (card, version, part, place, band, score_from, score_to, outcome, days, cases, lost, accounts, rate, low, high,
    computed_on, rules)
VALUES (:card, :version, :part, :place, :band, :score_from, :score_to, :outcome, :days, :cases, :lost, :accounts, :rate, :low, :high,
    :computed_on, :rules);
-- name: score_odds_list
SELECT card, version, part, place, band, score_from, score_to, outcome, days, cases, lost, accounts, rate, low, high, computed_on, rules
FROM score_odds ORDER BY card, part, place;
