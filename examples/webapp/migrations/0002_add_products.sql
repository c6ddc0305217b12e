INSERT INTO products (sku, name, cents, stock) VALUES
    ('kettle', 'Kettle, enamelled', 3490, 12),
    ('lamp', 'Desk lamp, brass', 8900, 3),
    ('mug', 'Mug, stoneware', 1250, 40),
    ('pencils', 'Pencils, box of twelve', 890, 25),
    ('teapot', 'Teapot, cast iron', 5900, 1);
