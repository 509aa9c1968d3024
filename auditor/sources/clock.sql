-- How the times of one file are read: made anew for each file by clock.py, with that file's zone, its ways of
-- writing, what its epochs say of its clock, and the hours in which the clocks were changed.

CREATE OR REPLACE TEMP MACRO naive(x) AS
    CASE
        WHEN x LIKE '____-__-__ __:__:__' THEN TRY_CAST(x AS TIMESTAMP)  -- as nearly all are
        WHEN x LIKE '____-__-__%' AND regexp_full_match(x, '\d{{4}}-\d{{2}}-\d{{2}}[ T]\d{{2}}:\d{{2}}(:\d{{2}}([.,]\d{{1,9}})?)?') THEN TRY_CAST(replace(x, ',', '.') AS TIMESTAMP)
        ELSE {otherwise}
    END;

-- A time on the file's clock → epoch ms.
CREATE OR REPLACE TEMP MACRO on_clock_ms(t) AS {on_clock};

-- A time without an offset, as text → epoch ms.
CREATE OR REPLACE TEMP MACRO local_ms(x) AS on_clock_ms(naive(x));

-- ISO 8601 with the offset `o`, or without one, as text → epoch ms.
-- A cast of the whole text to TIMESTAMP would drop the offset without a word: cut it off and apply it.
CREATE OR REPLACE TEMP MACRO iso_ms(x, o) AS
    CASE
        WHEN o = '' THEN on_clock_ms(TRY_CAST(replace(x, ',', '.') AS TIMESTAMP))
        WHEN abs(offset_minutes(o)) > 840 THEN NULL
        ELSE ms_of(TRY_CAST(replace(left(x, length(x) - length(o)), ',', '.') AS TIMESTAMP)) - offset_minutes(o) * 60000
    END;

-- An instant as text → epoch ms: a time on the file's clock, one with an offset, or epoch ms.
-- Outside the CASE the engine finds what is asked for twice, inside it does not.
CREATE OR REPLACE TEMP MACRO instant_ms(x) AS
    coalesce(
        on_clock_ms(CASE WHEN x LIKE '____-__-__ __:__:__' THEN TRY_CAST(x AS TIMESTAMP) END),
        CASE
            WHEN NOT contains(x, ':') THEN CASE WHEN is_epoch_ms(x) THEN CAST(x AS BIGINT) ELSE local_ms(x) END
            WHEN is_usual_iso(x) THEN ms_of(TRY_CAST(x AS TIMESTAMPTZ))
            WHEN is_iso(x) THEN iso_ms(x, offset_of(x))
            ELSE local_ms(x)
        END
    );

-- By how much `local_ms` of a record is ahead of the instant that the epoch in its own id proves.
CREATE OR REPLACE TEMP MACRO clock_shift(local, epoch) AS {shift};

-- Whether a record's own epoch puts it on another clock than the file's.
CREATE OR REPLACE TEMP MACRO off_clock(local, epoch) AS
    epoch IS NOT NULL
    AND abs(local - clock_shift(local, epoch) - epoch) BETWEEN 890000 AND 93600000
    AND ((local - epoch + 2000) % 900000 + 900000) % 900000 <= {lag} + 2000;

-- Whether a time lies in an hour that came twice or never.
CREATE OR REPLACE TEMP MACRO in_fold(x) AS {in_fold};

-- How far a time may be off: its fraction, its seconds or its minutes say; an hour where the clocks were
-- changed, the same hour came twice or never, and no epoch says which it was.
CREATE OR REPLACE TEMP MACRO local_precision(x, epoch) AS
    greatest(precision_of(x), CASE WHEN epoch IS NULL AND in_fold(x) THEN 3600000 ELSE 1 END);

-- Why a time could not be read.
CREATE OR REPLACE TEMP MACRO time_fault(name, x) AS
    CASE
        WHEN x IS NULL THEN name || ' is empty'
        WHEN naive(x) IS NOT NULL AND {zone} IS NULL THEN name || ' has no time zone: write an offset, or give --zone'
        WHEN NOT is_iso(x) THEN name || ' is no time' || {expected}
        WHEN abs(offset_minutes(offset_of(x))) > 840 THEN name || ' has an offset beyond 14 hours'
        ELSE name || ' is a day or an hour that does not exist'
    END;
