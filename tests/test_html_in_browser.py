"""The HTML report in a browser: what an officer clicks, and what somebody without a mouse or eyes meets."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime

import pytest
from axe_core_python.selenium import Axe
from report_document import NEXT, document, doubtful, good, over, silent
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from auditor.report.branding import Branding
from auditor.report.html import render_html

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]

WHEN = datetime(2026, 11, 2, tzinfo=UTC)
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--window-size=1200,900",
)  # fmt: skip


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for flag in (*_FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = webdriver.ChromeService(shutil.which("chromedriver"))
    driver = webdriver.Chrome(options=options, service=service)
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    records = over() + silent(day=NEXT) + doubtful("bob", campaign="AMD") + good("bob", NEXT, campaign="OK")
    for number in range(1, 4):
        records += good("bob", NEXT, campaign=f"P{number}")
    page = render_html(document(records), Branding(name="Example Telecom"), WHEN, for_print=False)
    path = tmp_path_factory.mktemp("page") / "group.html"
    path.write_text(page, "utf-8")
    return path.as_uri()


@pytest.fixture
def page(browser, address):
    browser.set_window_size(1200, 900)
    browser.get("about:blank")
    browser.get(address)
    return browser


def campaigns(page):
    """The names of the campaigns that are shown, from top to bottom."""
    rows = page.find_elements(By.XPATH, "//table[caption='Campaigns']/tbody/tr")
    return [row.text.split()[0] for row in rows if row.is_displayed()]


def test_from_a_failure_to_the_calls_behind_it(page):
    page.find_element(By.LINK_TEXT, "Fail").click()
    breach = page.find_element(By.CSS_SELECTOR, ".breach:target")
    calls = breach.find_element(By.CSS_SELECTOR, "table.calls")
    assert calls.is_displayed(), "the calls are unfolded for who comes by the link"
    assert calls.find_elements(By.CSS_SELECTOR, "tbody tr")
    assert "•••" in calls.text
    assert "load 1, record" in calls.text


def test_calls_are_folded_until_they_are_asked_for(page):
    details = page.find_element(By.CSS_SELECTOR, ".doubt details")
    assert not details.find_element(By.CSS_SELECTOR, "table").is_displayed()
    details.find_element(By.CSS_SELECTOR, "summary").send_keys(Keys.ENTER)
    assert details.find_element(By.CSS_SELECTOR, "table").is_displayed()


def test_a_table_sorts_by_a_column_with_the_keyboard_alone(page):
    header = page.find_element(By.XPATH, "//table[caption='Campaigns']//th[.//button[text()='Live calls']]")
    header.find_element(By.CSS_SELECTOR, "button").send_keys(Keys.ENTER)
    assert header.get_attribute("aria-sort") == "ascending"
    # 50, four times 97, and 189: numbers, not text.
    assert campaigns(page) == ["AMD", "OK", "P1", "P2", "P3", "SALES1"]
    header.find_element(By.CSS_SELECTOR, "button").send_keys(Keys.SPACE)
    assert header.get_attribute("aria-sort") == "descending"
    assert campaigns(page) == ["SALES1", "OK", "P1", "P2", "P3", "AMD"]


def test_a_table_shows_only_the_rows_with_some_words(page):
    search = page.find_element(By.CSS_SELECTOR, "[aria-label='Filter the rows of: Campaigns']")
    search.send_keys("sales")
    assert campaigns(page) == ["SALES1"]
    assert "1 of 6 rows" in page.page_source
    search.send_keys(Keys.CONTROL, "a")
    search.send_keys(Keys.DELETE)
    assert len(campaigns(page)) == 6


def test_nothing_is_fetched_and_nothing_complains(page):
    page.find_element(By.LINK_TEXT, "Fail").click()
    fetched = page.execute_script(
        "return performance.getEntriesByType('resource').map(e => e.name).filter(n => !n.startsWith('data:'))"
    )
    assert fetched == []
    assert page.get_log("browser") == []


def test_a_telephone_shows_it_without_scrolling_the_page_sideways(page):
    telephone = {"width": 360, "height": 740, "deviceScaleFactor": 3, "mobile": True}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", telephone)
    try:
        width = page.execute_script("return document.documentElement.scrollWidth")
    finally:
        page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert width <= 360


def test_axe_finds_no_serious_violation(page):
    for details in page.find_elements(By.CSS_SELECTOR, "details"):
        page.execute_script("arguments[0].open = true", details)
    found = Axe().run(page)["violations"]
    serious = [f"{v['id']}: {v['help']}" for v in found if v["impact"] in ("serious", "critical")]
    assert serious == []
