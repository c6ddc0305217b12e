CREATE TABLE users (
  id integer PRIMARY KEY,
  name text NOT NULL
);

-- sqlscope: down
DROP TABLE users;
