-- name: CopyNotes :copyfrom
INSERT INTO notes (id, body) VALUES ($1, $2);

-- name: AddNotes :batchexec
INSERT INTO notes (id, body) VALUES ($1, $2);
