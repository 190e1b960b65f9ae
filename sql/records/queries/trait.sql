-- name: account_trait_put
INSERT INTO account_traits (account, field, value, event_time, source, rank)
VALUES (:id, :field, :value, :event_time, :source, :rank)
ON CONFLICT (account, field) DO UPDATE SET value = excluded.value, event_time = excluded.event_time, source = excluded.source, rank = excluded.rank
WHERE excluded.rank > account_traits.rank
   OR (excluded.rank = account_traits.rank AND excluded.event_time > account_traits.event_time);
-- name: account_traits
SELECT field, value, event_time, source, rank FROM account_traits WHERE account = :id ORDER BY field;
-- name: person_trait_put
INSERT INTO person_traits (person, field, value, event_time, source, rank)
VALUES (:id, :field, :value, :event_time, :source, :rank)
ON CONFLICT (person, field) DO UPDATE SET value = excluded.value, event_time = excluded.event_time, source = excluded.source, rank = excluded.rank
WHERE excluded.rank > person_traits.rank
   OR (excluded.rank = person_traits.rank AND excluded.event_time > person_traits.event_time);
-- name: person_traits
SELECT field, value, event_time, source, rank FROM person_traits WHERE person = :id ORDER BY field;
