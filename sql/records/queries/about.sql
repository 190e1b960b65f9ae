-- How much there is, by what it is.
-- name: about_rows
SELECT 'accounts' AS part, count(*) AS n FROM accounts WHERE merged_into IS NULL
UNION ALL SELECT 'contacts', count(*) FROM contacts
UNION ALL SELECT 'subscriptions', count(*) FROM subscriptions
UNION ALL SELECT 'invoices', count(*) FROM invoices
UNION ALL SELECT 'tickets', count(*) FROM tickets
UNION ALL SELECT 'answers', count(*) FROM answers
UNION ALL SELECT 'activities', count(*) FROM activities
UNION ALL SELECT 'members', count(*) FROM members
UNION ALL SELECT 'audit', count(*) FROM audit
UNION ALL SELECT 'rejected', count(*) FROM rejected;

-- name: import_largest
SELECT max(bytes_total) FROM imports;

-- What the first steps have come to. Write keys are sources by their names; what they sent first is usage that is connected.
-- name: checklist_accounts
SELECT count(*), coalesce(sum(demo), 0) FROM accounts WHERE merged_into IS NULL;

-- name: checklist_keys
SELECT count(*) FROM api_keys WHERE kind IN ('browser', 'server') AND revoked_at IS NULL;

-- name: checklist_usage
SELECT source, min(first_received) AS first_received FROM source_days
WHERE source IN (SELECT name FROM api_keys WHERE kind IN ('browser', 'server'))
GROUP BY source ORDER BY first_received, source LIMIT 1;

-- name: checklist_scorecards
SELECT count(*), max(created_at) FROM scorecards WHERE live_to IS NULL AND created_by <> 'vafa';

-- name: checklist_members
SELECT count(*), coalesce(sum(CASE WHEN password_hash IS NULL THEN 1 ELSE 0 END), 0) FROM members WHERE disabled = 0;
