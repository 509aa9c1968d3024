"""Numbers as people dial them, held against Google's phone number library for every country we know."""

from __future__ import annotations

import duckdb
import phonenumbers
import pytest
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from auditor.calls.dialling import countries, dialling_in
from auditor.errors import AuditorError
from auditor.sources.numbers import define_numbers

COUNTRIES = list(countries())


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as made:
        yield made


def e164(connection: duckdb.DuckDBPyConnection, country: str, numbers: list[str]) -> dict[str, str]:
    """What each number becomes where it is dialled in this country."""
    define_numbers(connection, country)
    query = "SELECT x, e164(x) FROM (SELECT unnest($numbers) AS x)"
    return dict(connection.execute(query, {"numbers": numbers}).fetchall())


def subscribers(country: str) -> list[phonenumbers.PhoneNumber]:
    """Valid numbers of the country: its examples of lines and mobiles, and others that end otherwise."""
    found = []
    for kind in (PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE):
        example = phonenumbers.example_number_for_type(country, kind)
        assert example is not None
        text = phonenumbers.national_significant_number(example)
        for end in range(0, 1000, 37):
            number = phonenumbers.parse(
                f"+{example.country_code}{text[:-3]}{end:03}",
            )
            if phonenumbers.is_valid_number(number):
                found.append(number)
    assert len(found) > 20
    return found


@pytest.mark.parametrize("country", COUNTRIES)
def test_a_national_number_becomes_what_the_library_makes_of_it(connection, country):
    expected = {
        phonenumbers.format_number(n, PhoneNumberFormat.NATIONAL): phonenumbers.format_number(
            n, PhoneNumberFormat.E164
        )
        for n in subscribers(country)
    }
    # Also without the spaces, brackets and dashes of the national style.
    expected |= {"".join(filter(str.isdigit, written)): number for written, number in list(expected.items())}
    assert e164(connection, country, list(expected)) == expected


@pytest.mark.parametrize("country", COUNTRIES)
def test_a_number_with_a_plus_is_itself_wherever_it_is_dialled(connection, country):
    expected = {}
    for number in (subscribers(other)[0] for other in COUNTRIES):
        for style in (PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.E164):
            expected[phonenumbers.format_number(number, style)] = phonenumbers.format_number(
                number, PhoneNumberFormat.E164
            )
    assert e164(connection, country, list(expected)) == expected


@pytest.mark.parametrize("country", COUNTRIES)
def test_a_number_abroad_is_dialled_with_the_international_prefix(connection, country):
    prefix = dialling_in(country).international
    expected = {}
    for other in COUNTRIES:
        number = subscribers(other)[0]
        if dialling_in(other).calling_code != dialling_in(country).calling_code:
            written = phonenumbers.format_out_of_country_calling_number(number, country)
            assert written.startswith(f"{prefix} ")
            expected[written] = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    assert e164(connection, country, list(expected)) == expected


@pytest.mark.parametrize("country", COUNTRIES)
def test_a_number_may_have_its_calling_code_and_no_prefix(connection, country):
    # So diallers store them; who dials within the country would have begun with its trunk prefix.
    numbers = [phonenumbers.format_number(n, PhoneNumberFormat.E164) for n in subscribers(country)]
    assert e164(connection, country, [number[1:] for number in numbers]) == {n[1:]: n for n in numbers}


def test_an_italian_mobile_number_may_begin_as_the_calling_code_does(connection):
    assert e164(connection, "IT", ["391 234 5678", "39 391 234 5678", "06 1234 5678"]) == {
        "391 234 5678": "+393912345678",
        "39 391 234 5678": "+393912345678",
        "06 1234 5678": "+390612345678",
    }


def test_an_indian_number_without_its_prefix_is_not_taken_for_one_with_its_calling_code(connection):
    assert e164(connection, "IN", ["9123456789", "09123456789", "919123456789"]) == {
        "9123456789": "9123456789",
        "09123456789": "+919123456789",
        "919123456789": "+919123456789",
    }


@pytest.mark.parametrize(
    "written",
    ["+44 (0)20 7946 0123", "+44(0)2079460123", "0044 (0)20 7946 0123", "0044 020 7946 0123", "020-7946.0123",
     "(020) 7946 0123", "020/79460123", "020\u00a07946\u00a00123", "442079460123", "+4402079460123"],
)  # fmt: skip
def test_a_london_number_is_known_however_it_is_written(connection, written):
    assert e164(connection, "GB", [written]) == {written: "+442079460123"}


@pytest.mark.parametrize("country", COUNTRIES)
def test_extensions_feature_codes_and_words_stay_as_they_are(connection, country):
    kept = [
        "s", "h", "t", "*98", "*8", "#31#", "**1115", "100", "112", "999", "1115", "5005", "12345",
        "anonymous", "0", "00", "011", "+", "+44", "0800 FLOWERS", "447700900123.0", "1-800",
        "++442079460123", "442079460123x7", "12345678901234567890",
    ]  # fmt: skip
    assert e164(connection, country, kept) == {text: text for text in kept}


def test_nothing_is_made_of_nothing(connection):
    assert e164(connection, "GB", [None, ""]) == {None: None, "": ""}  # type: ignore[list-item, dict-item]


def test_a_country_nobody_knows_is_refused_with_those_there_are():
    with pytest.raises(AuditorError, match=r"'UK' is not known: write one of AT, .*GB"):
        dialling_in("UK")
