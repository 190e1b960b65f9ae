-- Rows that point at nothing, by table and column: what vafa check reports.
-- name: reference_check
SELECT 'account_keys.account' AS place, count(*) AS n FROM account_keys x WHERE NOT EXISTS (SELECT 1 FROM accounts a WHERE a.id = x.account)
UNION ALL SELECT 'account_history.account', count(*) FROM account_history x WHERE NOT EXISTS (SELECT 1 FROM accounts a WHERE a.id = x.account)
UNION ALL SELECT 'accounts.lives_in', count(*) FROM accounts x WHERE NOT EXISTS (SELECT 1 FROM accounts a WHERE a.id = x.lives_in)
UNION ALL SELECT 'contacts.account', count(*) FROM contacts x WHERE NOT EXISTS (SELECT 1 FROM accounts a WHERE a.id = x.account)
UNION ALL SELECT 'contacts.person', count(*) FROM contacts x WHERE NOT EXISTS (SELECT 1 FROM people p WHERE p.id = x.person)
UNION ALL SELECT 'person_keys.person', count(*) FROM person_keys x WHERE NOT EXISTS (SELECT 1 FROM people p WHERE p.id = x.person)
UNION ALL SELECT 'subscriptions.account', count(*) FROM subscriptions x WHERE NOT EXISTS (SELECT 1 FROM accounts a WHERE a.id = x.account)
UNION ALL SELECT 'invoices.account', count(*) FROM invoices x WHERE NOT EXISTS (SELECT 1 FROM accounts a WHERE a.id = x.account)
UNION ALL SELECT 'tickets.account', count(*) FROM tickets x WHERE NOT EXISTS (SELECT 1 FROM accounts a WHERE a.id = x.account)
UNION ALL SELECT 'answers.account', count(*) FROM answers x WHERE NOT EXISTS (SELECT 1 FROM accounts a WHERE a.id = x.account)
UNION ALL SELECT 'activities.account', count(*) FROM activities x WHERE NOT EXISTS (SELECT 1 FROM accounts a WHERE a.id = x.account);
