-- One row of the Export Calls Report → call record (diallers.md, sections 1.2 to 1.5).
-- `call_date` means three things: the routing start of an answered call (after any AMD), the clean-up
-- of one that was not answered, and the dialling of a PDROP. So times are mapped per outcome.

-- Flags of the site's statuses, one row for each: a campaign may have statuses of its own. They decide codes that
-- the code table does not know; one said to be both a person and a machine is neither.
WITH flags AS (
    SELECT
        given(status) AS code, given(campaign_id) AS campaign,
        bool_or(coalesce(upper(given(human_answered)) = 'Y', false)) AS human,
        bool_or(coalesce(upper(given(answering_machine)) = 'Y', false)) AS machine
    FROM statuses GROUP BY ALL
),
read AS (
    SELECT
        *,
        naive(clock_time) AS logged_on,
        local_ms(clock_time) - clock_shift(local_ms(clock_time), clock_epoch) AS logged,
        local_ms(given("dial log call_date")) AS dial_logged_local,
        local_ms(given("carrier log call_date")) AS hung_up_local,
        milliseconds(coalesce(given("carrier log dial_time"), dial_time)) AS dialling_ms,
        milliseconds(coalesce(given("carrier log answered_time"), answered_time)) AS answered_for_ms,
        coalesce(milliseconds(length_in_sec), 0) AS length_ms,
        coalesce(given(caller_code), given("dial log caller_code"), given("carrier log caller_code")) AS caller,
        coalesce(given(chosen_disposition), given(status)) AS code,
        CASE WHEN given("user") IN ('VDAD', 'VDCL') THEN NULL ELSE given("user") END AS operator
    FROM raw
),
judged AS (
    SELECT
        *,
        dial_logged_local - clock_shift(dial_logged_local, clock_epoch) AS dial_logged,
        hung_up_local - clock_shift(hung_up_local, clock_epoch) AS hung_up,
        outcome_of_code($codes, $code_outcomes, code) AS coded,
        -- V0930141502…: dialled automatically on 30 September at 14:15:02. The year is that of the log line,
        -- or the one before it where the log line is of January and the call of December.
        CASE
            WHEN regexp_full_match(caller, '[VM]\d{20}') AND logged IS NOT NULL
            THEN local_ms(
                CAST(year(logged_on) - CAST(substr(caller, 2, 2) = '12' AND month(logged_on) = 1 AS INTEGER) AS VARCHAR)
                || '-' || substr(caller, 2, 2) || '-' || substr(caller, 4, 2)
                || ' ' || substr(caller, 6, 2) || ':' || substr(caller, 8, 2) || ':' || substr(caller, 10, 2))
        END AS caller_local
    FROM read
),
flagged AS (
    --[ with companions
    SELECT j.*, coalesce(own.human, general.human) AS human, coalesce(own.machine, general.machine) AS machine
    FROM judged j
    LEFT JOIN flags own ON own.code = j.code AND own.campaign = unslashed(given(j.campaign_id))
    LEFT JOIN flags general ON general.code = j.code AND general.campaign IS NULL
    --[ alone
    SELECT *, NULL::BOOLEAN AS human, NULL::BOOLEAN AS machine FROM judged
    --]
),
known AS (
    SELECT * EXCLUDE (coded),
        CASE
            WHEN coded IS NOT NULL THEN coded
            -- Technical and inbound codes are human_answered by default and no dispositions (section 1.2).
            WHEN regexp_full_match(
                code,
                'SVYCLM|LRERR|MLINAT|MAXCAL|TIMEOT|AFTHRS|NANQUE|IQNANQ|CBHOLD|RQXFER|QCFAIL|ERI|QVMAIL|CPD.*|HUC\d+|ADCCAR|DNCCAR|SIPACT|KPDROP'
            ) THEN NULL
            WHEN human AND NOT machine AND operator IS NOT NULL THEN 'live_to_agent'
            WHEN machine AND NOT human THEN CASE WHEN operator IS NULL THEN 'machine_by_amd' ELSE 'machine_by_agent' END
        END AS coded
    FROM flagged
),
outcomes AS (
    SELECT
        *,
        caller_local - clock_shift(caller_local, clock_epoch) AS caller_dialled,
        CASE
            WHEN left(caller, 1) = 'Y' THEN 'excluded'
            WHEN coded = 'dropped_by_dialler' AND code = 'DROP' AND upper(given(term_reason)) = 'ABANDON'
                THEN 'callee_hung_up_waiting'
            -- A result only an agent can give, on a call that no agent had: the export contradicts itself.
            WHEN coded IN ('live_to_agent', 'machine_by_agent') AND operator IS NULL THEN 'answered_unknown'
            -- AM and AL are written by agents too, when they leave a message on the machine.
            WHEN coded = 'machine_by_amd' AND operator IS NOT NULL THEN 'machine_by_agent'
            -- Also where the carrier says BUSY or NOANSWER: a code nobody knows never clears a call.
            ELSE coalesce(coded, 'answered_unknown')
        END AS outcome
    FROM known
),
answered AS (
    SELECT
        *,
        CASE
            WHEN outcome IN ('not_answered', 'busy', 'invalid_number', 'network_failure') OR code = 'PDROP' THEN NULL
            ELSE least(coalesce(hung_up - answered_for_ms, logged), logged)
        END AS answered_at
    FROM outcomes
),
dialled AS (
    SELECT
        *,
        coalesce(
            dial_logged, caller_dialled,
            CASE
                WHEN answered_at IS NOT NULL THEN answered_at - greatest(coalesce(dialling_ms - answered_for_ms, 0), 0)
                WHEN code = 'PDROP' THEN logged
                ELSE logged - coalesce(dialling_ms, 0)
            END
        ) AS dialled_at,
        CASE
            -- Logged as it was dialled: only the carrier saw the end.
            WHEN code = 'PDROP' THEN hung_up
            WHEN answered_at IS NULL THEN logged
            -- Of a drop: the moment of the drop, though the line may go on to a message.
            ELSE logged + length_ms
        END AS ended_at
    FROM answered
)
SELECT
    place,
    -- Unique ids are unique to a server; a report without either names the call by when, whom and which lead.
    coalesce(
        caller,
        coalesce(given(server_ip), given("carrier log server_ip"), '') || '-'
            || coalesce(given(uniqueid), given("carrier log uniqueid")),
        concat_ws(' ', given(call_date), given(phone_number_dialed), given(lead_id))
    ) AS call_id,
    CAST(NULL AS VARCHAR) AS partner,
    CAST(NULL AS VARCHAR) AS call_centre,
    unslashed(given(campaign_id)) AS campaign,
    unslashed(operator) AS agent,
    CASE left(caller, 1) WHEN 'V' THEN 'auto' WHEN 'M' THEN 'manual' END AS dial_mode,
    CASE
        WHEN regexp_full_match(trim(phone_code), '\d{1,3}') AND regexp_full_match(trim(phone_number_dialed), '\d{5,14}')
        THEN '+' || trim(phone_code) || trim(phone_number_dialed)
        ELSE given(phone_number_dialed)
    END AS dialled_number,
    -- A campaign_cid of zeros is VICIdial's default: what was then shown is not known.
    CASE
        WHEN regexp_extract("dial log outbound_cid", '<\+?(\d+)>', 1) SIMILAR TO '0*' THEN NULL
        ELSE regexp_extract("dial log outbound_cid", '<(\+?\d+)>', 1)
    END AS presented_number,
    least(dialled_at, answered_at) AS dialled_ms,
    answered_at AS answered_ms,
    CASE WHEN outcome = 'message_only' THEN 'played' ELSE 'unknown' END AS message,
    CASE WHEN ended_at IS NOT NULL THEN greatest(ended_at, answered_at, dialled_at) END AS ended_ms,
    -- The carrier's dial_time runs on while the call is answered, of a PDROP too.
    CASE
        WHEN answered_at IS NULL AND code <> 'PDROP' THEN dialling_ms
        WHEN dialling_ms >= answered_for_ms THEN dialling_ms - answered_for_ms
        WHEN answered_at >= coalesce(dial_logged, caller_dialled) THEN answered_at - coalesce(dial_logged, caller_dialled)
    END AS ring_ms,
    CASE upper(given(term_reason))
        WHEN 'CALLER' THEN 'callee' WHEN 'ABANDON' THEN 'callee' WHEN 'AGENT' THEN 'agent' WHEN 'QUEUETIMEOUT' THEN 'dialler'
    END AS ended_by,
    CASE WHEN outcome = 'machine_by_amd' THEN 'machine' END AS amd,
    outcome,
    code AS disposition,
    local_precision(clock_time, clock_epoch) AS precision_ms,
    {'partner': unslashed(chosen.partner), 'call_centre': unslashed(chosen.call_centre), 'campaign': unslashed(chosen.campaign)} AS chosen,
    coded IS NOT NULL AS code_known,
    CASE
        WHEN cut_off THEN 'has fewer fields than the header or the layout'
        WHEN logged IS NULL THEN time_fault('call_date', clock_time)
        WHEN off_clock(local_ms(clock_time), clock_epoch) THEN clock_fault()
        WHEN code IS NULL THEN 'status is empty'
        WHEN given(phone_number_dialed) IS NULL THEN 'phone_number_dialed is empty'
        WHEN given(length_in_sec) IS NOT NULL AND milliseconds(length_in_sec) IS NULL
            AND outcome NOT IN ('not_answered', 'busy', 'invalid_number', 'network_failure')
            THEN 'length_in_sec is no number: the columns are shifted'
    END AS reject
FROM dialled
