-- Asterisk CDR → call record (diallers.md, section 4). One row is one leg of a call.
-- The queue log and the channel event log, where they are loaded with it, say what became of an answered call.
WITH queue_events AS (
    -- The file's lines have as many parameters as their event has, so they are cut here.
    SELECT
        split_part(line, '|', 2) AS callid, split_part(line, '|', 3) AS queue, split_part(line, '|', 4) AS member,
        split_part(line, '|', 5) AS event, split_part(line, '|', 1) AS written
    FROM queue_log
    UNION ALL
    SELECT
        trim(callid), coalesce(given(queue_name), given(queuename)), coalesce(given(type), given(agent)),
        trim(event), coalesce(given(date_time), given("time"))
    FROM queue_log_table
),
queue_times AS (
    SELECT
        * EXCLUDE (written),
        -- Epochs, or times on the server's clock, from which a record's own shift is taken off below.
        coalesce(CAST(floor(TRY_CAST(written AS DECIMAL(28, 6)) * 1000) AS BIGINT), local_ms(written)) AS moment,
        TRY_CAST(written AS DECIMAL(28, 6)) IS NULL AS on_clock
    FROM queue_events
    WHERE event IN (
        'ENTERQUEUE', 'CONNECT', 'COMPLETEAGENT', 'COMPLETECALLER', 'ABANDON', 'EXITWITHTIMEOUT', 'EXITEMPTY', 'EXITWITHKEY'
    )
),
queued AS (
    SELECT
        callid,
        arg_min(nullif(queue, 'NONE'), moment) AS queue,
        arg_min(nullif(member, 'NONE'), moment) FILTER (event = 'CONNECT') AS member,
        min(moment) FILTER (event = 'CONNECT') AS connected_at,
        max(moment) AS last_at,
        bool_or(event IN ('CONNECT', 'COMPLETEAGENT', 'COMPLETECALLER')) AS taken,
        -- A call may leave one queue for another: the last word counts, and of one second that is no entry.
        arg_max(event, moment * 2 + CAST(event <> 'ENTERQUEUE' AS BIGINT)) AS last_event,
        bool_or(on_clock) AS on_clock
    FROM queue_times
    GROUP BY callid
),
channel_events AS (
    SELECT eventtype, eventtime, channame, appname, uniqueid, linkedid, given(eventextra) AS extra FROM cel
    UNION ALL
    SELECT eventtype, eventtime, channame, appname, uniqueid, linkedid, coalesce(given(extra), given(eventextra)) FROM cel_table
),
channel_times AS (
    SELECT
        * EXCLUDE (eventtime),
        coalesce(CAST(floor(TRY_CAST(eventtime AS DECIMAL(28, 6)) * 1000) AS BIGINT), local_ms(trim(eventtime))) AS moment,
        TRY_CAST(eventtime AS DECIMAL(28, 6)) IS NULL AS on_clock
    FROM channel_events
    WHERE eventtype IN ('BRIDGE_ENTER', 'STREAM_BEGIN', 'APP_START')
),
entered AS (
    SELECT linkedid, channame, min(moment) AS moment, bool_or(on_clock) AS on_clock
    FROM channel_times
    WHERE eventtype = 'BRIDGE_ENTER'
    GROUP BY linkedid, channame
),
sounds AS (
    SELECT uniqueid, list(moment ORDER BY moment) AS times, bool_or(on_clock) AS on_clock
    FROM channel_times
    -- `extra` names the file of a sound and the class of music on hold (asterisk pull request 1281): without
    -- it nobody can tell one from the other.
    WHERE (eventtype = 'STREAM_BEGIN' AND starts_with(extra, '{') AND NOT contains(extra, '"class"'))
        OR (eventtype = 'APP_START' AND lower(appname) = 'playback')
    GROUP BY uniqueid
),
read AS (
    SELECT
        *,
        local_ms(clock_time) AS began_local,
        -- How long after the start, on whatever clock.
        epoch_ms(naive(given(answer))) - epoch_ms(naive(clock_time)) AS answer_after,
        epoch_ms(naive(given("end"))) - epoch_ms(naive(clock_time)) AS end_after,
        milliseconds(duration) AS duration_ms,
        milliseconds(billsec) AS billed_ms,
        upper(given(disposition)) AS answer_code,
        -- A source may say which column holds the dialler's own result; without one, Asterisk's decides.
        coalesce(given(chosen_disposition), upper(given(disposition))) AS code,
        coalesce(given(uniqueid), given(linkedid)) AS channel_id,
        coalesce(given(linkedid), given(uniqueid)) AS linked
    FROM raw
),
timed AS (
    SELECT
        *,
        clock_shift(began_local, clock_epoch) AS shift,
        -- Durations know nothing of a change of the clocks, and the table has no time of answer: it is the start and what
        -- was not billed. Where both are there, times and durations may round to seconds that differ by one or two.
        CASE
            WHEN answer_code = 'ANSWERED'
            THEN CASE WHEN abs(answer_after - (duration_ms - billed_ms)) <= 2000 THEN answer_after ELSE duration_ms - billed_ms END
        END AS until_answer,
        CASE WHEN abs(end_after - duration_ms) <= 2000 THEN end_after ELSE duration_ms END AS until_end,
        local_precision(clock_time, clock_epoch) AS good_to,
        -- AMDCAUSE is a word and the figures that led to it: INITIALSILENCE-2500-2500.
        CASE WHEN contains(code, '-') THEN split_part(code, '-', 1) ELSE code END AS code_word,
        upper(coalesce(given(amdstatus), split_part(given(amdcause), '-', 1))) AS amd_column
    FROM read
),
coded AS (
    SELECT
        *,
        began_local - shift AS began,
        coalesce(
            outcome_of_code($codes, $code_outcomes, code),
            CASE
                WHEN code_word IN ('TOOLONG', 'INITIALSILENCE', 'HUMAN', 'LONGGREETING', 'MAXWORDLENGTH', 'MAXWORDS')
                THEN outcome_of_code($codes, $code_outcomes, code_word)
            END
        ) AS known,
        coalesce(amd_column, code_word) AS amd_word
    FROM timed
),
joined AS (
    --[ with companions
    SELECT
        c.*,
        -- A queue's call id is the unique id of the channel that waits. Where that channel has no record, the linked id
        -- leads there from the record of another, if it was up when the queue's last word was written.
        CASE
            WHEN q.callid IS NOT NULL THEN q
            WHEN l.last_at - CASE WHEN l.on_clock THEN c.shift ELSE 0 END BETWEEN c.began - good_to AND c.began + until_end + good_to THEN l
        END AS wait,
        o.moment - CASE WHEN o.on_clock THEN c.shift ELSE 0 END AS own_entered,
        p.moment - CASE WHEN p.on_clock THEN c.shift ELSE 0 END AS peer_entered,
        s.times AS sound_times,
        CASE WHEN s.on_clock THEN c.shift ELSE 0 END AS sound_shift
    FROM coded c
    LEFT JOIN queued q ON q.callid = c.channel_id
    LEFT JOIN queued l ON l.callid = c.linked AND c.linked <> c.channel_id
    LEFT JOIN entered o ON o.linkedid = c.linked AND o.channame = c.channel
    LEFT JOIN entered p ON p.linkedid = c.linked AND p.channame = c.dstchannel
    LEFT JOIN sounds s ON s.uniqueid = c.channel_id
    --[ alone
    SELECT
        *,
        NULL::STRUCT(queue VARCHAR, member VARCHAR, connected_at BIGINT, taken BOOLEAN, last_event VARCHAR, on_clock BOOLEAN) AS wait,
        NULL::BIGINT AS own_entered,
        NULL::BIGINT AS peer_entered,
        NULL::BIGINT[] AS sound_times,
        0 AS sound_shift
    FROM coded
    --]
),
judged AS (
    SELECT
        *,
        wait.last_event AS queue_word,
        coalesce(wait.taken, false) AS taken,
        wait.connected_at - CASE WHEN wait.on_clock THEN shift ELSE 0 END AS taken_at,
        -- Both ends of the record are in a bridge. The two halves of a local channel are no ends, and whoever is
        -- joined through one need not be an agent, unless a queue rang it.
        CASE
            WHEN lastapp = 'Queue' OR NOT (starts_with(channel, 'Local/') OR starts_with(dstchannel, 'Local/'))
            THEN greatest(own_entered + 0 * peer_entered, peer_entered + 0 * own_entered)
        END AS bridged_at,
        CASE
            WHEN amd_word IN ('MACHINE', 'INITIALSILENCE', 'LONGGREETING', 'MAXWORDLENGTH', 'MAXWORDS') THEN 'machine'
            WHEN amd_word = 'HUMAN' THEN 'human'
            WHEN amd_word IN ('NOTSURE', 'TOOLONG') THEN 'unsure'
            -- The line was hung up before it had decided; as a dialler's own result the word may mean anything.
            WHEN amd_word = 'HANGUP' AND (amd_column IS NOT NULL OR known = 'answered_unknown') THEN 'unsure'
            WHEN known = 'machine_by_amd' THEN 'machine'
        END AS detected,
        list_filter(sound_times, lambda t: t - sound_shift BETWEEN began + until_answer - good_to AND began + until_end + good_to)[1]
            - sound_shift AS sound_at
    FROM joined
),
decided AS (
    SELECT
        *,
        coalesce(taken_at, CASE WHEN bridged_at >= began + until_answer - good_to THEN bridged_at END) AS connected
    FROM judged
)
SELECT
    place,
    -- The linked id groups the legs of a call; a unique id is that of one channel.
    coalesce(
        given(linkedid), given(uniqueid),
        concat_ws(' ', began, given(src), given(dst), given(dstchannel), given(lastapp))
    ) AS call_id,
    CAST(NULL AS VARCHAR) AS partner,
    CAST(NULL AS VARCHAR) AS call_centre,
    coalesce(given(accountcode), wait.queue) AS campaign,
    coalesce(
        given(regexp_extract(wait.member, '^[A-Za-z0-9]+/([^-/@]+)', 1)), wait.member,
        given(regexp_extract(dstchannel, '^[A-Za-z0-9]+/([^-/@]+)', 1))
    ) AS agent,
    given(dst) AS dialled_number,
    given(regexp_extract(clid, '<([^<>]*)>', 1)) AS presented_number,
    began AS dialled_ms,
    began + until_answer AS answered_ms,
    connected AS connected_ms,
    CASE WHEN sound_at IS NOT NULL THEN 'played' ELSE 'unknown' END AS message,
    sound_at AS message_ms,
    began + until_end AS ended_ms,
    coalesce(until_answer, until_end) AS ring_ms,
    CASE queue_word WHEN 'COMPLETECALLER' THEN 'callee' WHEN 'ABANDON' THEN 'callee' WHEN 'COMPLETEAGENT' THEN 'agent' END AS ended_by,
    detected AS amd,
    CASE
        -- What only the dialler itself can know.
        WHEN known IN ('excluded', 'live_to_agent', 'machine_by_agent', 'fax', 'message_only') THEN known
        -- Taken for a machine, and given to an agent all the same: who it was, nothing here says.
        WHEN (taken OR connected IS NOT NULL) AND detected = 'machine' THEN 'answered_unknown'
        WHEN taken OR connected IS NOT NULL THEN 'live_to_agent'
        WHEN detected = 'machine' THEN 'machine_by_amd'
        -- A call waits in a queue once it is answered, though the record of a member who did not take it is NO ANSWER.
        WHEN queue_word = 'ABANDON' THEN 'callee_hung_up_waiting'
        WHEN queue_word IN ('EXITWITHTIMEOUT', 'EXITEMPTY') THEN 'dropped_by_dialler'
        WHEN queue_word IS NOT NULL AND coalesce(known, '') NOT IN ('dropped_by_dialler', 'callee_hung_up_waiting') THEN 'answered_unknown'
        ELSE coalesce(known, 'answered_unknown')
    END AS outcome,
    code AS disposition,
    good_to AS precision_ms,
    chosen,
    known IS NOT NULL AS code_known,
    CASE
        WHEN began IS NULL THEN time_fault('start', clock_time)
        WHEN off_clock(began_local, clock_epoch) THEN clock_fault()
        WHEN duration_ms IS NULL OR billed_ms IS NULL THEN 'duration or billsec is no number: the columns are shifted'
        WHEN billed_ms > duration_ms THEN 'billsec is longer than duration'
        WHEN answer_code IS NULL OR answer_code NOT IN ('ANSWERED', 'NO ANSWER', 'BUSY', 'FAILED', 'CONGESTION', 'UNKNOWN')
            THEN 'disposition is none of Asterisk''s: the columns are shifted'
    END AS reject
FROM decided
