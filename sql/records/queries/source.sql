-- name: source_rows
SELECT x.source, x.what, x.n, x.accounts, x.last_at FROM (
    SELECT source, 'subscriptions' AS what, count(*) AS n, count(DISTINCT account) AS accounts, max(updated_at) AS last_at FROM subscriptions GROUP BY source
    UNION ALL SELECT source, 'invoices', count(*), count(DISTINCT account), max(updated_at) FROM invoices GROUP BY source
    UNION ALL SELECT source, 'tickets', count(*), count(DISTINCT account), max(updated_at) FROM tickets GROUP BY source
    UNION ALL SELECT source, 'answers', count(*), count(DISTINCT account), max(updated_at) FROM answers GROUP BY source
    UNION ALL SELECT source, 'invitations', count(*), count(DISTINCT account), max(updated_at) FROM invitations GROUP BY source
    UNION ALL SELECT source, 'activities', count(*), count(DISTINCT account), max(updated_at) FROM activities GROUP BY source) x
ORDER BY x.source, x.what;
-- name: source_keys
SELECT name FROM api_keys WHERE revoked_at IS NULL AND kind <> 'api' ORDER BY name;
-- name: source_rejected
SELECT source, count(*) FROM rejected WHERE replayed_at IS NULL GROUP BY source;
-- name: product_list
SELECT product, count(DISTINCT account), count(DISTINCT source || ':' || key), count(DISTINCT plan)
FROM subscriptions GROUP BY product ORDER BY product LIMIT 500;
