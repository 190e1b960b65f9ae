-- name: contact_insert
INSERT INTO contacts (id, person, account, role, champion, valid_from, valid_to, source, version, created_at, updated_at)
VALUES (:id, :person, :account, :role, :champion, :valid_from, :valid_to, :source, :version, :created_at, :updated_at);
-- name: contact_get
SELECT c.*, p.name, p.email, p.title FROM contacts c JOIN people p ON p.id = c.person WHERE c.id = :id;
-- name: contact_update
UPDATE contacts SET role = :role, champion = :champion, valid_from = :valid_from, valid_to = :valid_to, version = :version,
    updated_at = :updated_at
WHERE id = :id AND version = :version - 1;
-- name: contact_of
SELECT c.*, p.name, p.email, p.title FROM contacts c JOIN people p ON p.id = c.person
WHERE c.account = :account AND p.lives_in = (SELECT lives_in FROM people WHERE id = :person)
ORDER BY c.valid_from DESC, c.id LIMIT 1;
-- name: contact_in_scope
SELECT count(*), coalesce(sum(CASE WHEN :scope = 2 OR r.owner = :member OR (:scope = 1 AND coalesce(r.team, m.team) = :team)
    THEN 1 ELSE 0 END), 0)
FROM contacts c JOIN people p ON p.id = c.person JOIN accounts a ON a.id = c.account JOIN accounts r ON r.id = a.lives_in
    LEFT JOIN members m ON m.id = r.owner
WHERE p.lives_in = (SELECT lives_in FROM people WHERE id = :person);
-- name: contact_list
SELECT c.*, p.name, p.email, p.title
FROM contacts c JOIN people p ON p.id = c.person JOIN accounts a ON a.id = c.account
WHERE a.lives_in = (SELECT lives_in FROM accounts WHERE id = :account) AND (:first = 1 OR c.id > :after)
ORDER BY c.id LIMIT :limit;
-- name: contact_directory_all
SELECT person, account, valid_from, valid_to FROM contacts ORDER BY valid_from, id;
-- name: contact_directory_one
SELECT c.person, c.account, c.valid_from, c.valid_to FROM contacts c JOIN people p ON p.id = c.person
WHERE p.lives_in = :id ORDER BY c.valid_from, c.id;
