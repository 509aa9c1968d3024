-- One contact → call record (diallers.md, section 9; meanings as in AWS's "Data model for contact records").
WITH words AS (
    SELECT
        *,
        upper(given(channel)) AS medium,
        upper(given(initiation_method)) AS method,
        upper(given(disconnect_reason)) AS reason,
        upper(given(amd_status)) AS status,
        given(preview_accepted) IS NOT NULL AS previewed,
        list_transform(
            [initiated, ring_started, system_connected, greeting_started, greeting_ended, agent_connected, disconnected, updated],
            lambda t: given(t)
        ) AS texts
    FROM raw
),
timed AS (
    SELECT
        *,
        -- The API's own answers write epoch seconds, everything else ISO 8601.
        list_transform(
            texts,
            lambda t: CASE WHEN regexp_full_match(t, '\d{9,10}(\.\d+)?') THEN milliseconds(t) ELSE instant_ms(t) END
        ) AS times,
        -- Of a contact record all but the greeting's times are whole seconds.
        list_max(list_transform(
            [texts[1], texts[2], texts[3], texts[6], texts[7]],
            lambda t: CASE WHEN regexp_full_match(t, '\d{9,10}') THEN 1000 WHEN regexp_full_match(t, '\d{9,10}\.\d+') THEN 1 ELSE precision_of(t) END
        )) AS coarsest
    FROM words
),
read AS (
    SELECT
        *,
        times[1] AS initiated_at,
        times[2] AS ring_at,
        times[3] AS answered_at,
        times[6] AS agent_at,
        times[7] AS disconnected_at,
        list_filter(range(1, 9), lambda i: texts[i] IS NOT NULL AND times[i] IS NULL)[1] AS unread,
        outcome_of_code($codes, $code_outcomes, status) AS by_status,
        outcome_of_code($codes, $code_outcomes, reason) AS by_reason,
        -- A transfer is a contact of its own, a leg of the call whose contact came before: not dialled again.
        -- So is what an agent dials out of another contact.
        NOT (
            method IN ('INBOUND', 'TRANSFER', 'QUEUE_TRANSFER', 'EXTERNAL_OUTBOUND', 'MONITOR', 'DISCONNECT', 'WEBRTC_API', 'AGENT_REPLY', 'FLOW')
            OR (method IN ('OUTBOUND', 'API') AND given(previous_contact) IS NOT NULL)
        ) AND medium = 'VOICE' AS dialled_by_us,
        given(next_contact) IS NOT NULL AS handed_on
    FROM timed
),
answers AS (
    SELECT
        *,
        by_status IN ('not_answered', 'busy', 'invalid_number', 'network_failure') AS no_answer_by_status,
        by_reason IN ('not_answered', 'busy', 'invalid_number', 'network_failure', 'excluded') AS no_answer_by_reason,
        -- ConnectedToSystemTimestamp is when the customer's telephone answers; these statuses say that one did.
        answered_at IS NOT NULL OR (status IS NOT NULL AND by_status IN ('answered_unknown', 'machine_by_amd', 'fax')) AS picked_up,
        texts[unread] AS unread_text,
        ['InitiationTimestamp', 'RingStartTimestamp', 'ConnectedToSystemTimestamp', 'GreetingStartTimestamp', 'GreetingEndTimestamp', 'ConnectedToAgentTimestamp', 'DisconnectTimestamp', 'LastUpdateTimestamp'][unread] AS unread_name
    FROM read
),
judged AS (
    SELECT
        *,
        CASE
            WHEN NOT dialled_by_us THEN 'excluded'
            -- A word that AWS has added since: it may mean anything.
            WHEN status IS NOT NULL AND by_status IS NULL THEN 'answered_unknown'
            WHEN NOT picked_up AND no_answer_by_status AND status <> 'AMD_NOT_APPLICABLE' THEN by_status
            WHEN NOT picked_up AND no_answer_by_reason THEN by_reason
            WHEN NOT picked_up AND no_answer_by_status THEN by_status
            WHEN NOT picked_up AND (reason IS NULL OR reason = 'OTHER') THEN 'not_answered'
            -- A reason that supposes an answer, of a call without one.
            WHEN NOT picked_up THEN 'answered_unknown'
            WHEN by_status = 'fax' THEN 'fax'
            -- Answered, and rang in vain: the record contradicts itself. A tone is a machine's, though the network answers for it.
            WHEN no_answer_by_status AND status <> 'AMD_NOT_APPLICABLE'
                THEN CASE WHEN status LIKE 'SIT%' AND agent_at IS NULL THEN by_status ELSE 'answered_unknown' END
            -- Detection heard a machine, and yet an agent was connected: who answered is not known.
            WHEN by_status = 'machine_by_amd' THEN CASE WHEN agent_at IS NULL THEN 'machine_by_amd' ELSE 'answered_unknown' END
            WHEN agent_at IS NOT NULL THEN 'live_to_agent'
            -- Another contact says whether an agent took it.
            WHEN handed_on THEN 'answered_unknown'
            WHEN reason = 'CUSTOMER_DISCONNECT' THEN 'callee_hung_up_waiting'
            WHEN reason IN ('CONTACT_FLOW_DISCONNECT', 'EXPIRED') THEN 'dropped_by_dialler'
            -- Section 13: live, no agent, and nothing shows that the customer hung up (reading 7).
            WHEN status = 'HUMAN_ANSWERED' AND (reason IS NULL OR reason = 'OTHER' OR no_answer_by_reason) THEN 'dropped_by_dialler'
            ELSE 'answered_unknown'
        END AS derived
    FROM answers
)
SELECT
    given(contact_id) AS call_id,
    CAST(NULL AS VARCHAR) AS partner,
    CAST(NULL AS VARCHAR) AS call_centre,
    given(campaign_id) AS campaign,
    CASE WHEN dialled_by_us THEN coalesce(given(agent_id), nullif(regexp_extract(agent_arn, '/agent/([^/]+)$', 1), '')) END AS agent,
    -- "Agents do not initiate the outbound API": what calls it dials by itself. A queued callback may be either.
    CASE
        WHEN NOT dialled_by_us THEN NULL
        WHEN previewed THEN 'preview'
        WHEN method = 'OUTBOUND' THEN 'manual'
        WHEN method = 'API' THEN 'auto'
    END AS dial_mode,
    -- Of an inbound contact this is the caller, of an email an address.
    CASE WHEN dialled_by_us THEN given(customer_address) END AS dialled_number,
    CASE WHEN dialled_by_us THEN nullif(given(system_address), 'Softphone') END AS presented_number,
    -- A callback's contact is made when it is asked for, a preview's before the agent has seen it.
    CASE WHEN method = 'CALLBACK' OR previewed THEN coalesce(ring_at, initiated_at) ELSE initiated_at END AS dialled_ms,
    CASE WHEN dialled_by_us THEN answered_at END AS answered_ms,
    CASE WHEN dialled_by_us THEN times[4] END AS greeting_start_ms,
    CASE WHEN dialled_by_us THEN times[5] END AS greeting_end_ms,
    -- An agent who dials is connected to the contact before, or without, an answer.
    CASE WHEN dialled_by_us AND picked_up THEN agent_at END AS connected_ms,
    CASE WHEN NOT handed_on THEN disconnected_at END AS ended_ms,
    CASE
        WHEN NOT dialled_by_us OR ring_at > coalesce(answered_at, disconnected_at) THEN NULL
        ELSE coalesce(answered_at, disconnected_at) - ring_at
    END AS ring_ms,
    CASE
        WHEN handed_on OR NOT dialled_by_us THEN NULL
        WHEN reason = 'CUSTOMER_DISCONNECT' THEN 'callee'
        WHEN reason = 'AGENT_DISCONNECT' THEN 'agent'
        WHEN reason IN ('CONTACT_FLOW_DISCONNECT', 'EXPIRED', 'TELECOM_ORIGINATOR_CANCEL') THEN 'dialler'
        WHEN reason IN ('OTHER', 'THIRD_PARTY_DISCONNECT', 'BARGED') THEN 'unknown'
    END AS ended_by,
    CASE
        WHEN NOT dialled_by_us THEN NULL
        WHEN status = 'HUMAN_ANSWERED' THEN 'human'
        WHEN by_status IN ('machine_by_amd', 'fax') THEN 'machine'
        WHEN status IN ('AMD_UNRESOLVED', 'AMD_UNRESOLVED_SILENCE', 'AMD_ERROR', 'UNDETECTED', 'ERROR') THEN 'unsure'
    END AS amd,
    CASE
        WHEN derived = 'excluded' THEN derived
        ELSE coalesce(outcome_of_code($codes, $code_outcomes, given(chosen_disposition)), derived)
    END AS outcome,
    coalesce(given(chosen_disposition), CASE WHEN by_status IS NULL THEN status END, reason, status) AS disposition,
    coalesce(coarsest, 60000) AS precision_ms,
    times[8] AS version,
    chosen,
    -- What was not dialled by us has reasons of its own: of chats, tasks, emails.
    NOT dialled_by_us
        OR ((status IS NULL OR by_status IS NOT NULL) AND (reason IS NULL OR by_reason IS NOT NULL)) AS code_known,
    CASE
        WHEN cut_off THEN 'is no JSON object'
        WHEN given(contact_id) IS NULL THEN 'the contact''s id is missing'
        WHEN medium IS NULL THEN 'Channel is missing: whether this was a telephone call cannot be told'
        WHEN method IS NULL THEN 'InitiationMethod is missing: who called whom cannot be told'
        WHEN dialled_by_us AND method NOT IN ('OUTBOUND', 'API', 'CALLBACK')
            THEN 'InitiationMethod is ' || quoted(method) || ', which is not known: who called whom cannot be told'
        WHEN unread IS NOT NULL THEN time_fault(unread_name, unread_text)
        WHEN initiated_at IS NULL THEN time_fault('InitiationTimestamp', texts[1])
        WHEN disconnected_at IS NULL AND reason IS NULL THEN 'DisconnectTimestamp is missing: this contact is not over'
    END AS reject
FROM judged
