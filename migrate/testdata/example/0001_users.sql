CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL);

-- sqlscope: down
DROP TABLE users;
