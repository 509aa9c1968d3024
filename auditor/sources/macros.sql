-- What every mapping may call. Values come in bound or from the file; nothing here reads or writes.

-- NULL for what exports write instead of nothing, else the text without the spaces around it.
CREATE OR REPLACE TEMP MACRO given(x) AS
    CASE
        WHEN x IN ('', 'NULL', '\N', '[None]') THEN NULL
        -- ASCII without a space at either end, as nearly all is: trim() costs five times as much.
        WHEN x >= '!' AND NOT suffix(x, ' ') AND strlen(x) = length(x) THEN x
        WHEN trim(x) IN ('', 'NULL', '\N', '[None]') THEN NULL
        ELSE trim(x)
    END;

-- Undo PHP's addslashes.
CREATE OR REPLACE TEMP MACRO unslashed(x) AS
    CASE WHEN contains(x, '\') THEN regexp_replace(x, '\\(.)', '\1', 'g') ELSE x END;

CREATE OR REPLACE TEMP MACRO whole(x) AS TRY_CAST(given(x) AS BIGINT);

-- Seconds, whole or with a fraction, as whole milliseconds.
CREATE OR REPLACE TEMP MACRO milliseconds(x) AS
    CAST(TRY_CAST(given(x) AS DECIMAL(18, 3)) * 1000 AS BIGINT);

-- An instant in epoch ms, what is less than one cut off: epoch_ms() of DuckDB 2.0 rounds, that of 1.5 does not.
CREATE OR REPLACE TEMP MACRO ms_of(instant) AS epoch_us(instant) // 1000;

-- The offset at the end of an ISO 8601 time: Z, +hh:mm, +hhmm or +hh; empty where there is none.
CREATE OR REPLACE TEMP MACRO offset_of(x) AS
    CASE
        -- What most exports write, told without a pattern: epochs, and local times to the second.
        WHEN NOT contains(x, ':') OR x LIKE '____-__-__ __:__:__' AND NOT suffix(lower(x), 'z') THEN ''
        WHEN suffix(x, ' +0000') THEN '+0000'
        ELSE regexp_extract(x, '(?:[Zz]|[+-]\d{2}(?::?\d{2})?)$')
    END;

CREATE OR REPLACE TEMP MACRO offset_minutes(o) AS
    CASE
        WHEN length(o) < 3 OR o IN ('+0000', '+00:00') THEN 0
        ELSE CAST(left(o, 1) || '1' AS BIGINT)
            * (CAST(substr(o, 2, 2) AS BIGINT) * 60 + CASE WHEN length(o) > 3 THEN CAST(right(o, 2) AS BIGINT) ELSE 0 END)
    END;

CREATE OR REPLACE TEMP MACRO is_iso(x) AS
    regexp_full_match(
        x, '\d{4}-\d{2}-\d{2}[Tt ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d([.,]\d{1,9})?)?([Zz]|[+-]\d{2}(:?[0-5]\d)?)?'
    );

CREATE OR REPLACE TEMP MACRO is_usual_offset(x) AS
    CASE
        WHEN suffix(x, '+01:00') THEN true
        WHEN suffix(x, '+00:00') THEN true
        ELSE substr(x, -5) < '14' AND x[-2] < '6'
    END;

-- Whether it is ISO 8601 with an offset as most programs write it, told without a pattern, which costs more
-- than all else; a cast to TIMESTAMPTZ reads just these right.
-- Only a CASE stops at what it finds; an OR goes on to its end.
CREATE OR REPLACE TEMP MACRO is_usual_iso(x) AS
    CASE
        WHEN x < '1' OR contains(x, ' ') THEN false
        WHEN substr(x, 12, 2) NOT BETWEEN '00' AND '23' THEN false
        WHEN x LIKE '____-__-__T__:__:__.___+__:__' THEN is_usual_offset(x)
        WHEN x LIKE '____-__-__T__:__:__.___Z' THEN true
        WHEN x LIKE '____-__-__T__:__:__.___-__:__' THEN is_usual_offset(x)
        WHEN contains(x, '.') THEN false
        WHEN x LIKE '____-__-__T__:__:__Z' THEN true
        WHEN x LIKE '____-__-__T__:__:__+__:__' THEN is_usual_offset(x)
        WHEN x LIKE '____-__-__T__:__:__-__:__' THEN is_usual_offset(x)
        ELSE false
    END;

CREATE OR REPLACE TEMP MACRO is_epoch_ms(x) AS regexp_full_match(x, '\d{12,13}');

-- A time with a fraction of a second (or in ms) is good to 1 ms, one without to a second, without seconds to a minute.
CREATE OR REPLACE TEMP MACRO precision_of(x) AS
    CASE
        WHEN x IS NULL THEN NULL
        WHEN x LIKE '____-__-__T__:__:__.%' THEN 1
        WHEN x LIKE '____-__-__ __:__:__' OR x LIKE '____-__-__T__:__:__+__:__' OR x LIKE '____-__-__T__:__:__Z' THEN 1000
        WHEN NOT contains(x, ':') THEN CASE WHEN is_epoch_ms(x) THEN 1 ELSE 60000 END
        WHEN (contains(x, '.') OR contains(x, ',')) AND regexp_matches(x, ':\d{2}[.,]\d') THEN 1
        WHEN regexp_matches(x, ':\d{2}:\d{2}') THEN 1000
        ELSE 60000
    END;

-- RFC 2822 (`Mon, 05 Oct 2026 09:00:00 +0000`) without its weekday and the name of its zone.
CREATE OR REPLACE TEMP MACRO rfc_2822(x) AS
    CASE
        WHEN x LIKE '___, __ ___ ____ __:__:__ +0000' THEN substr(x, 6)
        ELSE regexp_replace(regexp_replace(x, '^[A-Za-z]{3},\s*', ''), '\s*(GMT|UTC)$', '')
    END;

-- A time without the offset `o` at its end.
CREATE OR REPLACE TEMP MACRO without_offset(x, o) AS
    CASE
        WHEN o = '' THEN trim(x)
        WHEN suffix(x, ' +0000') THEN left(x, length(x) - 6)
        ELSE trim(left(x, length(x) - length(o)))
    END;

-- The outcome a code table gives for a code, or NULL where it does not know the code.
CREATE OR REPLACE TEMP MACRO outcome_of_code(codes, outcomes, code) AS
    outcomes[list_position(codes, code)];

-- A value of a file in a sentence about it; what may be a number is not shown: a sentence outlives the record.
CREATE OR REPLACE TEMP MACRO quoted(x) AS
    '''' || regexp_replace(left(x, 60), '\d(?:[^0-9A-Za-z]{0,2}\d){6,}', '•••', 'g') || '''';

-- Why a record is not taken whose own epoch says that its times are hours from the file's clock.
CREATE OR REPLACE TEMP MACRO clock_fault() AS
    'its own epoch says another time, whole quarters of an hour away: the server''s clock was changed within the file';

-- A duration as `h:mm:ss` or `hh:mm:ss.mmm` → ms.
CREATE OR REPLACE TEMP MACRO hms_ms(x) AS
    CASE
        WHEN regexp_full_match(x, '[01]?\d:[0-5]\d:[0-5]\d(\.\d{1,3})?') THEN epoch_us(TRY_CAST(x AS TIME)) // 1000
        WHEN regexp_full_match(trim(x), '\d{1,4}:[0-5]\d:[0-5]\d(\.\d{1,3})?')
        THEN CAST(split_part(trim(x), ':', 1) AS BIGINT) * 3600000 + CAST(split_part(x, ':', 2) AS BIGINT) * 60000
            + CAST(CAST(split_part(x, ':', 3) AS DECIMAL(6, 3)) * 1000 AS BIGINT)
    END;
