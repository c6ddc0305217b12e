-- name: AddNote :exec
INSERT INTO notes (id, body) VALUES ($1, $2);

-- name: WriteNote :one
INSERT INTO notes (body) VALUES ($1) RETURNING id;

-- name: NoteIDs :many
SELECT id FROM notes ORDER BY id;

-- name: Note :one
SELECT * FROM notes WHERE id = $1;
