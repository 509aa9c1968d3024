-- Numbers as pseudonyms under the key of this connection (its variables numbers_inner and numbers_outer).

-- HMAC-SHA-256 (RFC 2104) of a text, cut to 128 bits, as 32 hexadecimal digits.
CREATE OR REPLACE TEMP MACRO keyed(x) AS
    left(sha256(getvariable('numbers_outer') || unhex(sha256(getvariable('numbers_inner') || encode(x)))), 32);

-- What a number may have been, and nothing else of it: a public number (+~), what only begins like one (+~~),
-- or anything else (~).
CREATE OR REPLACE TEMP MACRO pseudonym(x) AS
    CASE WHEN regexp_full_match(x, '\+\d{8,15}') THEN '+~' WHEN starts_with(x, '+') THEN '+~~' ELSE '~' END || keyed(x);
