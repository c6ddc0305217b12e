-- SQL that SQLite, Postgres and MariaDB all understand.

CREATE TABLE products (
    sku    VARCHAR(20)  NOT NULL PRIMARY KEY,
    name   VARCHAR(100) NOT NULL UNIQUE,
    cents  INTEGER      NOT NULL,
    stock  INTEGER      NOT NULL,
    CONSTRAINT products_stock CHECK (stock >= 0)
);

CREATE TABLE orders (
    id        VARCHAR(12) NOT NULL PRIMARY KEY,
    customer  VARCHAR(60) NOT NULL,
    state     VARCHAR(10) NOT NULL,
    placed_at BIGINT      NOT NULL,
    CONSTRAINT orders_customer CHECK (customer <> ''),
    CONSTRAINT orders_state CHECK (state IN ('open', 'shipped', 'cancelled'))
);

CREATE TABLE order_lines (
    order_id VARCHAR(12) NOT NULL,
    sku      VARCHAR(20) NOT NULL,
    quantity INTEGER     NOT NULL,
    cents    INTEGER     NOT NULL,
    PRIMARY KEY (order_id, sku),
    FOREIGN KEY (order_id) REFERENCES orders (id),
    FOREIGN KEY (sku) REFERENCES products (sku),
    CONSTRAINT order_lines_quantity CHECK (quantity > 0)
);
