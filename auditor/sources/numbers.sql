-- How numbers are dialled in one country, made anew for each file by numbers.py: its calling code {calling_code},
-- trunk prefix '{trunk}', international prefix {international}, and {shortest} to {longest} digits of a subscriber.

-- What follows the international prefix → E.164; `x` is the number as it was written.
CREATE OR REPLACE TEMP MACRO e164_of_international(x, n) AS
    CASE
        -- +44 (0)20 …: the trunk prefix is only for those who dial within the country.
        WHEN '{trunk}' <> '' AND starts_with(n, '{calling_code}{trunk}')
        THEN '+{calling_code}' || substr(n, length('{calling_code}{trunk}') + 1)
        WHEN length(n) BETWEEN 8 AND 15 THEN '+' || n
        ELSE x
    END;

-- `d` is `x` without what people put between digits.
CREATE OR REPLACE TEMP MACRO e164_of_digits(x, d) AS
    CASE
        WHEN NOT regexp_full_match(d, '\+?\d{{4,18}}') THEN x
        WHEN left(d, 1) = '+' THEN e164_of_international(x, substr(d, 2))
        WHEN starts_with(d, '{international}') THEN e164_of_international(x, substr(d, length('{international}') + 1))
        WHEN '{trunk}' <> '' AND starts_with(d, '{trunk}')
            THEN CASE
                WHEN length(d) - length('{trunk}') BETWEEN {shortest} AND {longest}
                THEN '+{calling_code}' || substr(d, length('{trunk}') + 1)
                ELSE x
            END
        -- Before the calling code is looked for: an Italian mobile number may begin with 39.
        WHEN '{trunk}' = '' AND length(d) BETWEEN {shortest} AND {longest} THEN '+{calling_code}' || d
        WHEN starts_with(d, '{calling_code}') AND length(d) - length('{calling_code}') BETWEEN {shortest} AND {longest}
            THEN '+' || d
        ELSE x
    END;

-- A number as dialled in the country → E.164; what is no public number stays as it is. Plain digits, as
-- diallers write them, are told by one pattern; the rest takes the long way.
CREATE OR REPLACE TEMP MACRO e164(x) AS
    CASE
        WHEN x IS NULL THEN NULL
        WHEN starts_with(x, '+') AND regexp_full_match(x, '\+\d{{8,15}}')
            AND ('{trunk}' = '' OR NOT starts_with(x, '+{calling_code}{trunk}'))
            THEN x
        WHEN regexp_full_match(x, '{trunk}\d{{{shortest},{longest}}}') AND NOT starts_with(x, '{international}')
            THEN '+{calling_code}' || substr(x, length('{trunk}') + 1)
        ELSE e164_of_digits(x, translate(x, ' -()./' || chr(160), ''))
    END;

-- A presented number → E.164; what a telephone shows instead of a number that is withheld → `withheld`.
CREATE OR REPLACE TEMP MACRO presented(x) AS
    CASE
        WHEN lower(x) IN ('withheld', 'number withheld', 'anonymous', 'private', 'private number', 'restricted', 'blocked')
        THEN 'withheld'
        ELSE e164(x)
    END;
