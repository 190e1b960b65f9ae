-- What Home says of single rows that changed.
-- name: home_answer
SELECT s.score, s.scale_max, s.comment, p.name
FROM answers s JOIN accounts a ON a.id = s.account LEFT JOIN people p ON p.id = s.person
WHERE a.lives_in = :account AND s.answered_at = :at ORDER BY s.id LIMIT 1;
-- name: home_ticket
SELECT s.subject FROM tickets s JOIN accounts a ON a.id = s.account
WHERE a.lives_in = :account AND s.opened_at = :at AND s.urgency = 'urgent' ORDER BY s.id LIMIT 1;
-- name: home_milestone
SELECT title_en, title_fa FROM milestones WHERE key = :key;
