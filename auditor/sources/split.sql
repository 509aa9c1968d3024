-- Records with one call id that called several public numbers are several calls: an agent's channel that stays up all
-- day gives its id to every call it is joined to. Each number's records become a call of their own, and those
-- that lead to no public number stay what they are.
UPDATE mapped SET
    call_id = mapped.call_id || '/' || dialled_number,
    call_key = CAST(md5(concat_ws(chr(31), coalesce(partner, ''), '{format}', mapped.call_id || '/' || dialled_number)) AS UUID)
FROM (
    SELECT m.call_key AS shared
    FROM mapped m JOIN repeated r ON m.call_key = r.call_key
    WHERE m.reject IS NULL AND starts_with(m.dialled_number, '+')
    GROUP BY ALL HAVING count(DISTINCT m.dialled_number) > 1
) several
WHERE mapped.call_key = several.shared AND reject IS NULL AND starts_with(dialled_number, '+')
