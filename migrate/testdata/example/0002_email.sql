ALTER TABLE users ADD COLUMN email TEXT;

-- sqlscope: down
ALTER TABLE users DROP COLUMN email;
