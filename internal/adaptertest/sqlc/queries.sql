-- name: AddNote :exec
INSERT INTO notes (id, body) VALUES (?, ?);

-- name: WriteNote :execlastid
INSERT INTO notes (body) VALUES (?);

-- name: NoteIDs :many
SELECT id FROM notes ORDER BY id;

-- name: Note :one
SELECT * FROM notes WHERE id = ?;

-- name: NotesOf :many
SELECT * FROM notes WHERE id IN (sqlc.slice(ids)) ORDER BY id;
