CREATE TABLE greetings (user_id integer NOT NULL REFERENCES users (id), text text NOT NULL);

-- sqlscope: down
DROP TABLE greetings;
