"""A rejected record is found again in its file: its line, its first byte, and its bytes as they are."""

from __future__ import annotations

import gzip
import io
import itertools
from fractions import Fraction

import pytest
from loading import Store, a_store
from test_asterisk import CDR_CSV, master

from auditor.errors import AuditorError
from auditor.sources.catalogue import formats
from auditor.sources.companions import Companions
from auditor.sources.definition import Dialect
from auditor.sources.mapping import map_records
from auditor.sources.prepare import prepared
from auditor.sources.quotes import Quotes
from auditor.sources.records import recognised
from auditor.sources.source import Ceiling, Source

HEADER = b"call_id,campaign,dialled_number,dialled_at,outcome,disposition"
ANY = Ceiling(Fraction(1))
_NUMBERS = itertools.count(1)

Piece = tuple[bytes, str | None]


def good(disposition: bytes = b"") -> Piece:
    """A record that can be taken."""
    return b"c%d,S,+447700900123,2026-10-05T09:30:00Z,busy,%b" % (next(_NUMBERS), disposition), None


def senseless(disposition: bytes = b"") -> Piece:
    """A record whose fields can be read and make no sense."""
    return b"c%d,S,+447700900123,yesterday,busy,%b" % (next(_NUMBERS), disposition), "dialled_at is no time"


def too_many() -> Piece:
    return b"c%d,S,+447700900123,2026-10-05T09:30:00Z,busy,x,y" % next(_NUMBERS), "has more fields"


def too_few() -> Piece:
    return b"c%d,S,+447700900123" % next(_NUMBERS), "has fewer fields"


def too_many_quoted() -> Piece:
    return b'c%d,S,+447700900123,2026-10-05T09:30:00Z,busy,"x, y","z"' % next(_NUMBERS), "has more fields"


def one_quoted() -> Piece:
    """Delimiters in quotes make no fields."""
    return b'c%d,"S,+447700900123,2026-10-05T09:30:00Z,busy,x"' % next(_NUMBERS), "has fewer fields"


def unquoted() -> Piece:
    """Text follows a closing quote."""
    return b'c%d,"S"outh,+447700900123,2026-10-05T09:30:00Z,busy,' % next(_NUMBERS), "a quote"


def unclosed() -> Piece:
    return b'c%d,S,+447700900123,2026-10-05T09:30:00Z,busy,"said' % next(_NUMBERS), "a quote"


BLANK: Piece = (b"", "blank")
MANY_LINES = b'"first ""line"", second\nthird, and a last"'
ALL_FAULTS = (senseless, too_many, too_many_quoted, too_few, one_quoted, unquoted, unclosed)


def check(store: Store, pieces: list[Piece], *, end: bytes = b"\n", bom: bytes = b"", pack=bytes) -> None:
    """Load the pieces as one file and hold each of its rejects against where its piece was put."""
    text = bom
    records = 0
    expected = []
    for content, reason in [(HEADER, None), *pieces]:
        if reason not in (None, "blank"):
            # A line ends with \n, \r\n or \r: told from one another by hand, not by the code under test.
            lines_before = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n").count(b"\n")
            expected.append((lines_before + 1, len(text), reason, content))
        records += reason != "blank"
        text += content + end
    load = store.load(pack(text), ceiling=ANY)
    found = [(r.line, r.byte_offset, r.reason, r.raw) for r in store.rejects()]
    assert [(line, offset, raw) for line, offset, _, raw in found] == [
        (line, offset, raw) for line, offset, _, raw in expected
    ]
    for (_, _, reason, _), (_, _, told, _) in zip(expected, found, strict=True):
        assert reason in told
    assert (load.read, load.rejected) == (records - 1, len(expected))


@pytest.fixture
def store():
    with a_store() as made:
        yield made


@pytest.mark.parametrize("fault", ALL_FAULTS)
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_a_bad_record_is_found_whatever_its_fault_and_the_line_ends(store, fault, end):
    check(store, [good(), fault(), good()], end=end)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_several_bad_records_of_every_kind_are_found_each(store, end):
    faults = [fault() for fault in ALL_FAULTS]
    pieces = [*faults, good(), *reversed([fault() for fault in ALL_FAULTS]), good(), good(), senseless()]
    check(store, pieces, end=end)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_blank_lines_before_it_are_counted_as_lines_and_not_as_records(store, end):
    check(store, [BLANK, good(), BLANK, BLANK, senseless(), BLANK, too_many(), BLANK], end=end)


@pytest.mark.parametrize("fault", ALL_FAULTS)
def test_line_ends_inside_quotes_before_it_are_lines_and_no_records(store, fault):
    check(store, [good(MANY_LINES), good(), good(MANY_LINES), fault(), good(MANY_LINES)])


def test_a_bad_record_of_several_lines_is_kept_whole(store):
    check(store, [good(), senseless(MANY_LINES), good()])


def test_a_quote_left_open_costs_its_own_line_alone(store):
    check(store, [good(), unclosed(), *(good() for _ in range(30)), unclosed(), good(b'"x"'), unclosed()])


def test_a_header_with_a_byte_order_mark_moves_all_by_three_bytes(store):
    check(store, [good(), senseless(), too_few()], bom=b"\xef\xbb\xbf")


def test_bytes_that_are_no_utf8_move_nothing_and_are_kept_as_they_are(store):
    odd = [good(b"\xa5\xa5 caf\xe9"), senseless(b"\xff na\xefve"), too_many(), senseless("café".encode())]
    check(store, odd)


def test_lines_that_end_in_several_ways_are_counted_as_a_reader_counts_them(store):
    windows = tuple(content + b"\r" if reason is None else content for content, reason in [good(), good()])
    check(store, [(windows[0], None), good(), senseless(), (windows[1], None), too_few()])


def test_of_a_packed_file_the_place_is_that_in_its_text(store):
    check(store, [good(), senseless(), too_many()], pack=gzip.compress)


def test_without_a_line_end_the_last_record_is_found_too(store):
    text = HEADER + b"\n" + senseless()[0]
    store.load(text, ceiling=ANY)
    (reject,) = store.rejects()
    assert (reject.line, reject.byte_offset, reject.raw) == (2, len(HEADER) + 1, text[len(HEADER) + 1 :])


def test_without_a_header_the_first_record_is_on_line_one(store):
    call = b"2026-10-05 10:00:00"
    line = b'"S","1","2","d","","c","d","Dial","",' + b'"%b",' % call + b'"","",9,0,"NO ANSWER","3"\n'
    for bom in (b"", b"\xef\xbb\xbf"):
        text = bom + line.replace(b"9,0", b"9,x") + line * 9
        load = store.load(text, ceiling=ANY)
        reject = next(r for r in store.rejects() if r.load_id == load.load_id)
        assert (reject.line, reject.byte_offset) == (1, len(bom))
        assert reject.raw + b"\n" == line.replace(b"9,0", b"9,x")


def test_where_text_may_follow_a_quote_the_place_is_right_all_the_same(store):
    line = 'SALES,1,"""Ann"" <1115>",2026-10-05 10:00:0{},9,0,{},"a"\n'
    text = "accountcode,src,clid,calldate,duration,billsec,disposition,dst\n"
    text += line.format(1, "BUSY") + line.format(2, "9") + line.format(3, "BUSY").replace('"a"', '"a')
    text += line.format(4, "BUSY") + line.format(5, "9").replace('"""Ann""', '""Ann"')
    load = store.load(text, ceiling=ANY)
    assert (load.read, load.accepted, load.rejected) == (5, 2, 3)
    lines = text.splitlines(keepends=True)
    assert [(r.line, r.byte_offset, r.raw.decode() + "\n") for r in store.rejects()] == [
        (number + 1, sum(map(len, lines[:number])), lines[number]) for number in (2, 3, 5)
    ]


def test_a_very_long_record_is_rejected_and_its_beginning_kept(store):
    text = HEADER + b"\n" + good()[0] + b"\n" + b"x" * 3_000_000 + b"\n" + good()[0] + b"\n"
    load = store.load(text, ceiling=ANY)
    assert (load.read, load.accepted, load.rejected) == (3, 2, 1)
    (reject,) = store.rejects()
    assert reject.line == 3
    assert reject.raw == b"x" * 65_536


def test_a_large_file_is_kept_in_its_order_though_it_is_read_at_several_places(store):
    # Long enough for DuckDB to share it out among its threads; a bad record in each part.
    bad = {1, 77_777, 199_999, 200_000, 333_333, 400_000}
    rows = [
        b"%d,S,1234,%b,busy,\n" % (n, b"now" if n in bad else b"2026-10-05T09:30:00Z")
        for n in range(1, 400_001)
    ]
    text = HEADER + b"\n" + b"".join(rows)
    load = store.load(text)
    assert (load.accepted, load.rejected) == (400_000 - len(bad), len(bad))
    assert store.rows("SELECT count(*) AS n FROM calls WHERE source_row <> call_id::BIGINT") == [{"n": 0}]
    for reject, number in zip(store.rejects(), sorted(bad), strict=True):
        assert reject.line == number + 1
        assert reject.raw + b"\n" == rows[number - 1]
        assert text[reject.byte_offset :].startswith(reject.raw)


@pytest.mark.parametrize("quote", [b"", b'"'])
@pytest.mark.parametrize("good_ones", [0, 1])
def test_a_long_stretch_of_bad_records_is_rejected_and_none_of_it_passed_over(store, good_ones, quote):
    # DuckDB reads a text at several places at once, and where it finds none to begin at it leaves all
    # until the next out, without a word.
    long = quote + b"x" * 2_500 + quote
    stretch = [piece() for _ in range(4_000) for piece in (good,) * good_ones + (too_many,)]
    text = b"\n".join([HEADER, *(content + long for content, _ in [good(), *stretch, good()])])
    load = store.load(text, ceiling=ANY)
    assert len(text) > 8 << 20
    assert (load.read, load.rejected) == (len(stretch) + 2, 4_000)
    assert load.accepted == 2 + 4_000 * good_ones


def test_empty_fields_after_the_last_are_none_too_many(store):
    text = b"\n".join([HEADER, *(content + b',,"",' for content, _ in (good(), good(b"x"), good(b'"x"')))])
    text += b"\n" + too_few()[0] + b"\n" + good()[0] + b",,y\n" + good()[0]
    load = store.load(text, ceiling=ANY)
    assert (load.read, load.accepted, load.rejected) == (6, 4, 2)
    assert store.rows("SELECT disposition FROM calls ORDER BY source_row") == [
        {"disposition": said} for said in (None, "x", "x", None)
    ]


@pytest.mark.parametrize("fault", [*ALL_FAULTS, lambda: (b"  ", "has fewer fields")])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_a_blank_line_before_the_header_hides_no_record(store, fault, bom, end):
    # DuckDB takes it for the header, and has one record too many where another is passed over.
    records = [good(), good(b"x"), fault(), good()]
    text = bom + end + end.join([HEADER, *(content for content, _ in records)])
    load = store.load(text, ceiling=ANY)
    assert (load.read, load.accepted, load.rejected) == (4, 3, 1)
    (reject,) = store.rejects()
    assert (reject.line, reject.raw) == (5, records[2][0])
    assert records[2][1] in reject.reason


def test_lines_before_the_header_may_be_blank_as_many_as_there_are(store):
    assert store.load(b"\n" * 70_000 + HEADER + b"\n" + good()[0]).accepted == 1


class Counted(io.BytesIO):
    """Bytes that count how many lines are read of them."""

    lines = 0

    def readline(self, size: int | None = -1, /) -> bytes:
        self.lines += 1
        return super().readline(size)


def test_quotes_left_open_one_after_another_are_each_looked_at_once(store):
    # Each of these lines closes a quote and opens one: none of them is told to be broken by the next.
    check(store, [good(), *[(b'a","', "a quote")] * 300, good()])
    text = Counted(b'a","\n' * 20_000)
    quotes = Quotes(Dialect())
    for start in range(0, 5 * 20_000, 5):
        text.seek(start + 5)
        assert quotes.rest(b'a","\n', text) == b""
    assert text.lines < 3 * 20_000


def test_a_record_of_many_lines_is_told(store):
    few = store.load(b"\n".join([HEADER, good(b'"' + b"a\n" * 19 + b'"')[0], good()[0]]))
    many = store.load(b"\n".join([HEADER, good(b'"')[0], *[good()[0]] * 30, good()[0] + b'"']))
    assert few.notes == ()
    assert (many.accepted, many.read) == (1, 1)
    assert any("one of its records has 32 lines, all within quotes" in note for note in many.notes)


def test_a_byte_that_is_no_utf8_changes_no_other_record(store):
    rows = [good(b'"a\r\nb"')[0], good(b"x")[0], good(b"\xff")[0]]
    for number in (1, 2, 3):
        store.load(b"\r\n".join([HEADER, *rows[:number]]) + b"\r\n")
    assert store.rows("SELECT count(*) AS changed FROM conflicts") == [{"changed": 0}]


@pytest.mark.parametrize("neighbours", [[], [too_few()]])
def test_how_long_a_record_may_be_does_not_turn_on_its_neighbours(store, neighbours):
    for length, taken in ((1_999_999, 1), (2_000_000, 0)):
        long = good()[0]
        long += b"x" * (length - len(long))
        text = b"\n".join([HEADER, good()[0], long, *(c for c, _ in neighbours)]) + b"\n"
        assert store.load(text, ceiling=ANY).accepted == 1 + taken


def test_blank_lines_hide_no_record_however_many(store):
    text = HEADER + b"\n" + good()[0] + b"\n" * 2_100_000 + good()[0]
    assert store.load(text).accepted == 2


@pytest.mark.parametrize("name", [name for name, fmt in formats().items() if not fmt.layouts[-1].json])
def test_nothing_in_a_mapping_loses_the_order_of_the_file(store, name):
    """DuckDB keeps it through projections and through no join; after one it is sorted again."""
    fmt = formats()[name]
    layout = next(layout for layout in fmt.layouts if layout.header and not layout.companion)
    path = store.folder / "export"
    path.write_text(layout.dialects[0].delimiter.join(layout.columns) + "\n")

    class Explaining:
        plan = ""

        def execute(self, sql: str, parameters: object = None) -> object:
            if "TABLE mapped" in sql:
                self.plan = str(store.connection.execute("EXPLAIN " + sql, parameters).fetchall()).lower()
            return store.connection.execute(sql, parameters)

    explaining = Explaining()
    with prepared(path) as ready, Companions(store.connection) as companions:
        companions.stage(fmt)
        found = recognised(explaining, ready, Source(format=name), "export", [fmt])
        map_records(explaining, found, Source(), "export", "UTC", ())
    if fmt.companions and fmt.alone is None:
        assert "order by" in explaining.plan.replace("_", " ")
    else:
        assert "read_csv" in explaining.plan
        assert "join" not in explaining.plan


def test_quotes_over_several_lines_are_followed_in_a_large_file_too(store):
    rows = b"".join(
        b'c%d,S,1234,2026-10-05T09:30:00Z,busy,"line one\nc9,S,1234,2026-10-05T09:30:00Z,busy,%d"\n' % (n, n)
        for n in range(60_000)
    )
    load = store.load(HEADER + b"\n" + rows + senseless()[0] + b"\n")
    assert (load.read, load.accepted, load.rejected) == (60_001, 60_000, 1)
    assert store.rejects()[0].line == 120_002


def test_a_file_cut_off_inside_quotes_does_not_pass_as_whole(store):
    """Where text may follow a quote, DuckDB takes one that the end of the file closes."""
    text = master([*CDR_CSV, "uniqueid"], *({"uniqueid": f"1791190800.{n}"} for n in range(1, 201)))
    load = store.load(text[:-4], zone="Europe/London", ceiling=Ceiling(Fraction(1)))
    assert (load.read, load.accepted, load.rejected) == (200, 199, 1)
    assert any("cut off" in sign for sign in load.suspicions)


#: Two lines with two quotes each, one of which opens what the other line closes.
LEFT_OPEN = {
    "strict": (
        HEADER,
        b"%07d,S,+447700900123,2026-10-05T09:00:00Z,busy,",
        b'o"o,"S%b\n' b'i,S",+447700900124,2026-10-05T09:00:00Z,live_to_agent,x"y\n',
        ('o"o', "i"), ['o"o'], 0,
    ),
    "lax": (
        b"clid,uniqueid,accountcode,calldate,duration,billsec,disposition,dst,src",
        b"Ann,1791190800.%d,S,2026-10-05 10:00:01,9,0,BUSY,07700900123,",
        b'5" Ann,1791190800.o,"SALES,2026-10-05 10:00:02,9,9,ANSWERED,07700900999,%b\n'
        b'Bob,1791190800.i,S",2026-10-05 10:00:03,9,0,BUSY,07700900124,5"\n',
        ("1791190800.o", "1791190800.i"), ["1791190800.i"], 1,
    ),
}  # fmt: skip


@pytest.mark.parametrize("past", [1, 60])
@pytest.mark.parametrize("quotes", LEFT_OPEN)
def test_an_even_number_of_quotes_in_each_line_makes_no_calls_of_two_others(quotes, past):
    """DuckDB joins the lines, and past 8,000,000 bytes another of its threads reads the second again."""
    header, row, pair, both, taken, rejected = LEFT_OPEN[quotes]
    text = header + b"\n" + b"".join(row % n + b"u" * 2_000 + b"\n" for n in range(3_800))
    first, second = pair.split(b"%b")
    text += first + b"p" * (8_000_000 - len(text) - len(first) - 1 + past) + second
    text += b"".join(row % n + b"u" * 2_000 + b"\n" for n in range(900_000, 900_300))
    with a_store() as store:
        load = store.load(text, ceiling=ANY, zone="Europe/London")
        assert (load.accepted, load.rejected) == (4_100 + len(taken), rejected)
        of_the_two = store.rows(f"SELECT call_id FROM calls WHERE call_id IN {both}")
        assert [row["call_id"] for row in of_the_two] == taken


@pytest.mark.parametrize(
    ("name", "read"),
    [("agent\nname", 2), ("agent\nc1,S,+447700900123,2026-10-05T09:30:00Z,busy,", None)],
)
def test_a_quote_left_open_in_the_header_hides_no_calls(store, name, read):
    text = HEADER + f',"{name}"\n'.encode() + good()[0] + b",\n" + good()[0] + b",\n"
    if read is None:
        with pytest.raises(AuditorError, match="a quote in the header is missing or one too many"):
            store.load(text)
    else:
        assert store.load(text).accepted == read


@pytest.mark.parametrize("name", ['"Ann" é', '""é', '"x"aé', '"Ann" Müller-Gré'])
def test_a_name_after_a_quote_that_ends_in_a_letter_of_many_bytes_costs_its_record_alone(store, name):
    header = "clid,uniqueid,accountcode,calldate,duration,billsec,disposition,dst,src\n"
    row = "{},{},S,2026-10-05 10:00:01,9,0,BUSY,07700900123,1\n"
    text = header + "".join(
        row.format(who, f"1791190800.{next(_NUMBERS)}") for who in ("Ann", name, "Bob", 'é"é')
    )
    load = store.load(text, ceiling=ANY, zone="Europe/London")
    assert (load.accepted, load.rejected) == (3, 1)


@pytest.mark.slow
def test_two_stray_quotes_where_the_file_is_shared_out_are_no_calls_twice(store):
    """At 32,000,000 bytes another thread of DuckDB begins: in the middle of what the quotes hold together."""
    edge = 32_000_000
    opens = b'o,S,1234,2026-10-05T09:00:00Z,busy,"%b\n'
    closes = b'i,S,1234,2026-10-05T09:00:00Z,busy,x"\n'
    line = b"%07d,S,1234,2026-10-05T09:00:00Z,busy,%b\n"
    lines = [line % (n, b"p" * 50) for n in range((edge - 1000) // len(line % (0, b"p" * 50)))]
    text = HEADER + b"\n" + b"".join(lines)
    text += opens % (b"p" * (edge + 40 - len(text) - len(opens % b""))) + closes + b"".join(lines[:30_000])
    store.load(text, ceiling=Ceiling(Fraction(1)))
    assert store.rows("SELECT count(*) AS n FROM calls WHERE call_id = 'i'") == [{"n": 0}]
    assert store.rows("SELECT count(*) AS n FROM calls WHERE call_id = 'o'") == [{"n": 1}]
