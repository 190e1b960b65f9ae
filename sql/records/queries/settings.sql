-- name: settings_all
SELECT name, value FROM settings ORDER BY name;

-- name: settings_put
INSERT INTO settings (name, value, changed_at) VALUES (:name, :value, :changed_at)
ON CONFLICT (name) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at;

-- name: settings_clear
DELETE FROM settings WHERE name = :name;
