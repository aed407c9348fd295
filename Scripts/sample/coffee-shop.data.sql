-- The coffee shop's data, the same in every engine and on every run: no random(), no clock.
--
-- It goes into temporary tables, with money in cents and times in seconds since 1970. The file of an engine,
-- coffee-shop.postgres.sql or coffee-shop.sqlite.sql, follows in the same session: it makes the real tables and fills
-- them from these, in the types that suit the engine.
--
-- Chance is the "minimal standard" generator: seed := seed * 48271 mod (2^31 - 1). A row takes its independent numbers
-- from one seed by other multipliers.

CREATE TEMPORARY TABLE made_tenants AS
WITH list (id, slug, name, city, country, plan, markup) AS (
  VALUES
    (1, 'first-light', 'First Light Coffee', 'Lisbon', 'PT', 'enterprise', 0),
    (2, 'kaffeewerk', 'Kaffeewerk Süd', 'München', 'DE', 'enterprise', 60),
    (3, 'le-grain', 'Le Grain Doré', 'Lyon', 'FR', 'pro', 40),
    (4, 'tidal', 'Tidal Roasters', 'Halifax', 'CA', 'pro', 20),
    (5, 'ember', 'Ember & Oak', 'Portland', 'US', 'pro', 90),
    (6, 'asagiri', '朝霧珈琲', '京都', 'JP', 'pro', 110),
    (7, 'casa-tostada', 'Casa Tostada', 'Bogotá', 'CO', 'pro', -70),
    (8, 'polar-bean', 'Polar Bean', 'Tromsø', 'NO', 'free', 190),
    (9, 'dockside', 'O''Malley''s Dockside', 'Cork', 'IE', 'free', 50),
    (10, 'blue-cup', 'The Blue Cup', 'Melbourne', 'AU', 'free', 80),
    (11, 'meskel', 'Meskel Coffee', 'Addis Ababa', 'ET', 'free', -90),
    (12, 'corner', 'Corner', 'Zürich', 'CH', 'free', 240)
)
SELECT id, slug, name, city, country, plan, markup,
  1735689600 + id * 2419200 AS joined_epoch,
  CASE WHEN id = 10 THEN 1798761600 END AS closed_epoch
FROM list;

-- Ten products a tenant, from a menu of twenty.
CREATE TEMPORARY TABLE made_products AS
WITH menu (position, name, category, cents) AS (
  VALUES
    (0, 'Espresso', 'coffee', 280),
    (1, 'Doppio', 'coffee', 340),
    (2, 'Cortado', 'coffee', 360),
    (3, 'Cappuccino', 'coffee', 420),
    (4, 'Flat white', 'coffee', 440),
    (5, 'Café au lait', 'coffee', 400),
    (6, 'Filter of the day', 'coffee', 350),
    (7, 'Cold brew', 'coffee', 480),
    (8, 'Matcha latte 抹茶', 'tea', 550),
    (9, 'Masala chai', 'tea', 430),
    (10, 'Earl Grey', 'tea', 320),
    (11, 'Mint tea', 'tea', 310),
    (12, 'Croissant', 'pastry', 330),
    (13, 'Crème brûlée tart', 'pastry', 590),
    (14, 'Cinnamon bun', 'pastry', 410),
    (15, 'Pastel de nata', 'pastry', 250),
    (16, 'Yirgacheffe, 250 g', 'beans', 1350),
    (17, 'Huila, 250 g', 'beans', 1280),
    (18, 'House blend, 1 kg', 'beans', 2990),
    (19, 'Decaf, 250 g', 'beans', 1420)
)
SELECT
  (made_tenants.id - 1) * 10 + menu.position / 2 + 1 AS id,
  made_tenants.id AS tenant_id,
  menu.name,
  menu.category,
  menu.cents + made_tenants.markup + (menu.position * 7 + made_tenants.id * 3) % 5 * 10 AS price_cents,
  CASE WHEN (menu.position + made_tenants.id * 5) % 17 = 0 THEN 0 ELSE 1 END AS available
FROM made_tenants, menu
WHERE (menu.position + made_tenants.id) % 2 = 0;

-- Three thousand orders in the order of their days, over the whole of 2026; the first tenants are the busiest.
CREATE TEMPORARY TABLE made_orders AS
WITH RECURSIVE chance (id, seed) AS (
  SELECT 1, CAST(20260101 AS BIGINT)
  UNION ALL
  SELECT id + 1, seed * 48271 % 2147483647 FROM chance WHERE id < 3000
),
drawn AS (
  SELECT id, seed,
    seed % 12 AS tenant_a,
    seed * 16807 % 2147483647 % 12 AS tenant_b,
    seed * 69621 % 2147483647 % 100 AS fate,
    seed * 39373 % 2147483647 % 10 AS way,
    seed * 62089 % 2147483647 % 43200 AS second_of_day,
    seed * 45991 % 2147483647 % 6 AS appetite
  FROM chance
)
SELECT id,
  1 + CASE WHEN tenant_a < tenant_b THEN tenant_a ELSE tenant_b END AS tenant_id,
  CASE
    WHEN id > 2940 AND fate < 70 THEN 'open'
    WHEN fate < 91 THEN 'paid'
    WHEN fate < 97 THEN 'cancelled'
    ELSE 'refunded'
  END AS status,
  CASE WHEN way < 6 THEN 'counter' WHEN way < 9 THEN 'app' ELSE 'delivery' END AS channel,
  CASE WHEN fate % 20 = 7 THEN 'Oat milk, please' WHEN fate % 50 = 11 THEN 'No sugar; it''s "to go" ☕' END AS note,
  1767225600 + (id - 1) * 365 / 3000 * 86400 + 25200 + second_of_day AS ordered_epoch,
  60 + seed % 600 AS pay_seconds,
  CASE appetite WHEN 0 THEN 1 WHEN 1 THEN 2 WHEN 5 THEN 4 ELSE 3 END AS lines,
  seed
FROM drawn;

-- One to four different products an order; one line in eight is ten percent off, rounded down to the cent.
CREATE TEMPORARY TABLE made_order_details AS
WITH slots (line) AS (VALUES (1), (2), (3), (4))
SELECT
  made_orders.tenant_id,
  made_orders.id AS order_id,
  slots.line,
  made_products.id AS product_id,
  CASE made_products.category WHEN 'beans' THEN 1 ELSE 1 + made_orders.seed / slots.line % 3 END AS quantity,
  CASE WHEN (made_orders.seed + slots.line) % 8 = 0
    THEN made_products.price_cents * 9 / 10
    ELSE made_products.price_cents
  END AS unit_price_cents
FROM made_orders
JOIN slots ON slots.line <= made_orders.lines
JOIN made_products
  ON made_products.id = (made_orders.tenant_id - 1) * 10 + (made_orders.seed / 7 + slots.line * 3) % 10 + 1;
