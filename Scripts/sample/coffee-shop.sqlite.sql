-- The coffee shop in SQLite. Run it after coffee-shop.data.sql, in the same session.
--
-- SQLite has no exact decimals, so money is kept as whole cents and the columns say so; the views show it as text with
-- two decimal places. Times are RFC 3339 text in UTC.

PRAGMA foreign_keys = ON;

CREATE TABLE tenants (
  id INTEGER PRIMARY KEY,
  slug TEXT NOT NULL UNIQUE CHECK (slug GLOB '[a-z]*' AND slug NOT GLOB '*[^a-z-]*'),
  name TEXT NOT NULL,
  city TEXT NOT NULL,
  country CHARACTER(2) NOT NULL CHECK (length(country) = 2),
  plan TEXT NOT NULL DEFAULT 'free' CHECK (plan IN ('free', 'pro', 'enterprise')),
  joined_at TIMESTAMP NOT NULL,
  closed_at TIMESTAMP CHECK (closed_at > joined_at)
);

CREATE TABLE products (
  tenant_id INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
  id INTEGER NOT NULL,
  name TEXT NOT NULL CHECK (name <> ''),
  category TEXT NOT NULL CHECK (category IN ('coffee', 'tea', 'pastry', 'beans')),
  price_cents INTEGER NOT NULL CHECK (price_cents >= 0),
  available BOOLEAN NOT NULL DEFAULT TRUE CHECK (available IN (FALSE, TRUE)),
  PRIMARY KEY (tenant_id, id)
);

CREATE TABLE orders (
  tenant_id INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
  id INTEGER NOT NULL,
  status TEXT NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'paid', 'cancelled', 'refunded')),
  channel TEXT NOT NULL CHECK (channel IN ('counter', 'app', 'delivery')),
  note TEXT,
  ordered_at TIMESTAMP NOT NULL,
  paid_at TIMESTAMP CHECK (paid_at >= ordered_at),
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT orders_paid_once_settled CHECK ((status IN ('paid', 'refunded')) = (paid_at IS NOT NULL))
);

-- Both keys carry the tenant, so that no order can hold another shop's product.
CREATE TABLE order_details (
  tenant_id INTEGER NOT NULL,
  order_id INTEGER NOT NULL,
  line INTEGER NOT NULL CHECK (line > 0),
  product_id INTEGER NOT NULL,
  quantity INTEGER NOT NULL CHECK (quantity BETWEEN 1 AND 99),
  unit_price_cents INTEGER NOT NULL CHECK (unit_price_cents >= 0),
  line_total_cents INTEGER GENERATED ALWAYS AS (quantity * unit_price_cents) STORED,
  PRIMARY KEY (tenant_id, order_id, line),
  UNIQUE (tenant_id, order_id, product_id),
  FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id) ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, product_id) REFERENCES products (tenant_id, id) ON DELETE RESTRICT
) STRICT, WITHOUT ROWID;

INSERT INTO tenants (id, slug, name, city, country, plan, joined_at, closed_at)
SELECT id, slug, name, city, country, plan,
  strftime('%Y-%m-%dT%H:%M:%SZ', joined_epoch, 'unixepoch'),
  strftime('%Y-%m-%dT%H:%M:%SZ', closed_epoch, 'unixepoch')
FROM made_tenants ORDER BY id;

INSERT INTO products (tenant_id, id, name, category, price_cents, available)
SELECT tenant_id, id, name, category, price_cents, available
FROM made_products ORDER BY id;

INSERT INTO orders (tenant_id, id, status, channel, note, ordered_at, paid_at)
SELECT tenant_id, id, status, channel, note,
  strftime('%Y-%m-%dT%H:%M:%SZ', ordered_epoch, 'unixepoch'),
  CASE WHEN status IN ('paid', 'refunded')
    THEN strftime('%Y-%m-%dT%H:%M:%SZ', ordered_epoch + pay_seconds, 'unixepoch')
  END
FROM made_orders ORDER BY id;

INSERT INTO order_details (tenant_id, order_id, line, product_id, quantity, unit_price_cents)
SELECT tenant_id, order_id, line, product_id, quantity, unit_price_cents
FROM made_order_details ORDER BY order_id, line;

CREATE INDEX products_by_name ON products (tenant_id, lower(name));
CREATE INDEX orders_by_time ON orders (tenant_id, ordered_at DESC);
CREATE INDEX orders_open ON orders (tenant_id, ordered_at) WHERE status = 'open';
CREATE INDEX order_details_by_product ON order_details (tenant_id, product_id, quantity);

CREATE VIEW order_totals AS
SELECT orders.tenant_id, orders.id, orders.status, orders.ordered_at,
  sum(order_details.line_total_cents) AS total_cents
FROM orders
JOIN order_details ON order_details.tenant_id = orders.tenant_id AND order_details.order_id = orders.id
GROUP BY orders.tenant_id, orders.id;

CREATE VIEW tenant_sales AS
SELECT tenants.id AS tenant_id, tenants.name, tenants.city,
  count(order_totals.id) AS orders,
  printf('%d.%02d', coalesce(sum(total_cents), 0) / 100, coalesce(sum(total_cents), 0) % 100) AS revenue
FROM tenants
LEFT JOIN order_totals ON order_totals.tenant_id = tenants.id AND order_totals.status = 'paid'
GROUP BY tenants.id;

CREATE VIEW top_products AS
SELECT tenants.name AS tenant, products.name AS product, products.category,
  sum(order_details.quantity) AS sold,
  printf('%d.%02d', sum(line_total_cents) / 100, sum(line_total_cents) % 100) AS revenue
FROM order_details
JOIN orders ON orders.tenant_id = order_details.tenant_id AND orders.id = order_details.order_id
JOIN products ON products.tenant_id = order_details.tenant_id AND products.id = order_details.product_id
JOIN tenants ON tenants.id = order_details.tenant_id
WHERE orders.status = 'paid'
GROUP BY tenants.id, products.tenant_id, products.id;

DROP TABLE made_order_details;
DROP TABLE made_orders;
DROP TABLE made_products;
DROP TABLE made_tenants;

ANALYZE;
