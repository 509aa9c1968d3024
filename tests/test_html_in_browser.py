"""The HTML report in a browser: what an officer clicks, and what somebody without a mouse or eyes meets."""

from __future__ import annotations

import shutil

import pytest
from axe_core_python.selenium import Axe
from calls import calls
from report_document import DAY, NEXT, STAMP, document, doubtful, good, over, silent
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from auditor.report.branding import Branding
from auditor.report.html import render_html

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]

WEDNESDAY, THURSDAY, LAST = "2026-10-07", "2026-10-08", "2026-10-31"
TELEPHONE = {"width": 360, "height": 740, "deviceScaleFactor": 3, "mobile": True}
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


def written(folder, records):
    """The address of the page of some calls."""
    page = render_html(document(records), Branding(name="Example Telecom"), STAMP, for_print=False)
    path = folder / "group.html"
    path.write_text(page, "utf-8")
    return path.as_uri()


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    records = over() + silent(day=NEXT) + doubtful("bob", campaign="AMD") + good("bob", NEXT, campaign="OK")
    for number in range(1, 4):
        records += good("bob", LAST, campaign=f"P{number}")
    return written(tmp_path_factory.mktemp("page"), records)


@pytest.fixture(scope="module")
def exposed(tmp_path_factory):
    """Campaigns by how many silent calls they may have: none, 2, 0 to 9 and 1 to 9; one had no live call."""
    unknown = {"partner": "ann", "message": "unknown"}
    records = good(campaign="NONE") + silent(day=THURSDAY, campaign="TWO")
    records += silent(day=WEDNESDAY, campaign="TWO") + good(campaign="MAYBE") + silent(campaign="WORST")
    records += calls(9, "dropped_by_dialler", DAY, "MAYBE", **unknown)
    records += calls(8, "dropped_by_dialler", DAY, "WORST", **unknown)
    records += calls(5, "not_answered", DAY, "UNHEARD", partner="ann")
    return written(tmp_path_factory.mktemp("exposed"), records)


@pytest.fixture
def page(browser, address):
    return opened(browser, address)


def opened(browser, address):
    browser.set_window_size(1200, 900)
    browser.get("about:blank")
    browser.get(address)
    return browser


@pytest.fixture
def telephone(browser, address):
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", TELEPHONE)
    browser.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True})
    browser.get("about:blank")
    browser.get(address)
    yield browser
    browser.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": False})
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


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


def test_a_telephone_shows_it_without_scrolling_the_page_sideways(telephone):
    assert telephone.execute_script("return document.documentElement.scrollWidth") <= 360


def test_the_figures_of_the_summary_stay_whole_on_a_telephone(telephone):
    for figure in telephone.find_elements(By.CSS_SELECTOR, ".figures b"):
        telephone.execute_script("arguments[0].textContent = '30,000'", figure)
    heights = {f.size["height"] for f in telephone.find_elements(By.CSS_SELECTOR, ".figures b")}
    assert max(heights) < 40
    assert telephone.execute_script("return document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("width", ["page", "telephone"])
def test_axe_finds_no_serious_violation(width, request):
    page = request.getfixturevalue(width)
    for details in page.find_elements(By.CSS_SELECTOR, "details"):
        page.execute_script("arguments[0].open = true", details)
    focus(page, picture(page, 0))
    found = Axe().run(page)["violations"]
    serious = [f"{v['id']}: {v['help']}" for v in found if v["impact"] in ("serious", "critical")]
    assert serious == []


class TestSorting:
    @pytest.fixture
    def page(self, browser, exposed):
        return opened(browser, exposed)

    def sorted_by(self, page, title):
        page.find_element(By.XPATH, f"//table[caption='Campaigns']//th/button[text()='{title}']").click()
        return campaigns(page)

    def test_a_range_sorts_by_its_high_end_and_then_by_its_low_one(self, page):
        assert self.sorted_by(page, "Silent")[-3:] == ["TWO", "MAYBE", "WORST"]
        assert self.sorted_by(page, "Silent")[:3] == ["WORST", "MAYBE", "TWO"]

    def test_a_rate_that_nobody_knows_comes_last_in_both_directions(self, page):
        for _ in ("ascending", "descending"):
            order = self.sorted_by(page, "Rate of a day")
            assert order[-1] == "UNHEARD"
        assert order[0] in ("MAYBE", "WORST")

    def test_calls_sort_by_the_day_and_not_by_its_name(self, page):
        calls = page.find_element(By.XPATH, "//div[contains(h3, 'Campaign TWO')]//details")
        page.execute_script("arguments[0].open = true", calls)
        button = calls.find_element(By.XPATH, ".//th/button[text()='Dialled']")
        for days in (["Wed", "Thu"], ["Thu", "Wed"]):
            button.click()
            rows = calls.find_elements(By.CSS_SELECTOR, "tbody tr")
            assert [row.text.split()[0] for row in rows] == days


def picture(page, number):
    """The heat map, or the daily chart of a campaign after it."""
    found = page.find_elements(By.CSS_SELECTOR, ".chart svg")[number]
    page.execute_script("arguments[0].scrollIntoView({block: 'center'})", found)
    return found


def day(picture, tip):
    return picture.find_element(By.CSS_SELECTOR, f"[data-tip*='{tip}']")


def focus(page, picture):
    (stop,) = picture.find_elements(By.CSS_SELECTOR, "[tabindex='0']")
    page.execute_script("arguments[0].focus()", stop)


def press(page, *keys):
    ActionChains(page).send_keys(*keys).perform()


def shown(page):
    """The tip, which stays inside the window."""
    tip = page.find_element(By.CSS_SELECTOR, ".tip")
    if tip.is_displayed():
        assert page.execute_script(
            "const r = arguments[0].getBoundingClientRect(), w = document.documentElement;"
            "return r.left >= 0 && r.top >= 0 && r.right <= w.clientWidth && r.bottom <= w.clientHeight",
            tip,
        )
    return tip.text


def heard(page):
    """What a screen reader says of where the keyboard is: its name, and what it is."""
    active = page.switch_to.active_element
    return active.accessible_name, active.aria_role


class TestPictures:
    def test_the_keyboard_goes_through_the_days_to_the_calls_of_a_breach(self, page):
        focus(page, picture(page, 2))
        name, role = heard(page)
        assert (name, role) == ("SALES1, Mon 5 October 2026: 10.00% of live calls: Fail", "link")
        press(page, Keys.ARROW_RIGHT)
        name, role = heard(page)
        assert name.startswith("SALES1, Tue 6 October 2026: 1.00%")
        assert role in ("img", "image")
        assert shown(page) == name
        press(page, Keys.ARROW_LEFT, Keys.ENTER)
        breach = page.find_element(By.CSS_SELECTOR, ".breach:target")
        assert "SALES1, 5 October 2026" in breach.text
        assert breach.find_element(By.CSS_SELECTOR, "table.calls").is_displayed()
        assert shown(page) == ""

    def test_up_and_down_go_to_the_nearest_day_of_the_next_campaign(self, page):
        focus(page, picture(page, 0))
        visited = [heard(page)[0]]
        for key in (Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.ARROW_UP, Keys.ARROW_UP, Keys.END, Keys.ARROW_UP):
            press(page, key)
            visited.append(heard(page)[0])
        assert [name.split(" Oct")[0] for name in visited] == [
            "SALES1, Mon 5", "AMD, Mon 5", "OK, Tue 6", "AMD, Mon 5", "SALES1, Mon 5", "SALES1, Tue 6",
            "SALES1, Tue 6",
        ]  # fmt: skip

    def test_a_picture_is_one_stop_of_the_keyboard(self, page):
        focus(page, picture(page, 0))
        press(page, Keys.ARROW_DOWN, Keys.TAB)
        assert heard(page)[0].startswith("AMD, Mon 5"), "in the chart after the heat map"
        assert (
            page.execute_script(
                "return document.activeElement.closest('svg').querySelectorAll('.days').length"
            )
            == 1
        )
        ActionChains(page).key_down(Keys.SHIFT).send_keys(Keys.TAB).key_up(Keys.SHIFT).perform()
        assert heard(page)[0].startswith("AMD, Mon 5"), "where it was left"

    def test_escape_closes_the_tip(self, page):
        focus(page, picture(page, 0))
        assert shown(page)
        press(page, Keys.ESCAPE)
        assert shown(page) == ""

    @pytest.mark.parametrize("number", [0, 2])
    def test_a_pointer_over_a_day_is_told_its_rate(self, page, number):
        over_the_limit = day(picture(page, number), "SALES1, Mon 5")
        ActionChains(page).move_to_element(over_the_limit).perform()
        assert "10.00% of live calls: Fail" in shown(page)
        ActionChains(page).click().perform()
        assert "SALES1, 5 October 2026" in page.find_element(By.CSS_SELECTOR, ".breach:target").text

    def test_a_day_of_a_chart_answers_over_the_whole_of_its_height(self, page):
        mark = day(picture(page, 2), "SALES1, Tue 6")
        ActionChains(page).move_to_element_with_offset(mark, 3, -60).perform()
        assert "SALES1, Tue 6 October 2026" in shown(page)

    def test_a_pointer_that_leaves_a_picture_closes_the_tip(self, page):
        chart = picture(page, 2)
        ActionChains(page).move_to_element(day(chart, "SALES1, Mon 5")).perform()
        assert shown(page)
        ActionChains(page).move_to_element(chart.find_element(By.XPATH, "../h4")).perform()
        assert shown(page) == ""

    def test_the_first_tap_tells_and_the_second_leads(self, telephone):
        mark = day(picture(telephone, 0), "SALES1, Mon 5")
        tap(telephone, mark)
        assert "10.00% of live calls: Fail" in shown(telephone)
        assert telephone.find_elements(By.CSS_SELECTOR, ":target") == []
        tap(telephone, mark)
        assert "SALES1, 5 October 2026" in telephone.find_element(By.CSS_SELECTOR, ".breach:target").text

    def test_at_the_edge_of_a_telephone_the_tip_gives_way(self, telephone):
        mark = day(picture(telephone, 0), "P1, Sat 31")
        telephone.execute_script("arguments[0].scrollIntoView({block: 'center', inline: 'nearest'})", mark)
        tap(telephone, mark)
        assert shown(telephone) == "P1, Sat 31 October 2026: 3.00% of live calls: Pass"

    def test_a_finger_elsewhere_closes_the_tip(self, telephone):
        tap(telephone, day(picture(telephone, 0), "SALES1, Mon 5"))
        assert shown(telephone)
        tap(telephone, telephone.find_element(By.XPATH, "//h2[text()='Day by day']"))
        assert shown(telephone) == ""

    def test_a_blind_reader_hears_what_the_picture_is(self, page):
        chart = picture(page, 2)
        assert chart.accessible_name.startswith("Abandoned call rate of SALES1, day by day")
        assert chart.aria_role == "group"

    def test_a_click_of_a_screen_reader_leads_though_it_is_at_no_place(self, page):
        mark = day(picture(page, 0), "SALES1, Mon 5")
        page.execute_script("arguments[0].dispatchEvent(new MouseEvent('click', {bubbles: true}))", mark)
        assert "SALES1, 5 October 2026" in page.find_element(By.CSS_SELECTOR, ".breach:target").text

    def test_nothing_complains(self, page):
        focus(page, picture(page, 0))
        press(page, Keys.ARROW_RIGHT, Keys.ARROW_DOWN, Keys.ENTER)
        ActionChains(page).move_to_element(day(picture(page, 2), "SALES1, Mon 5")).click().perform()
        assert page.get_log("browser") == []


def tap(page, element):
    """Touch an element with a finger."""
    x, y = page.execute_script(
        "const r = arguments[0].getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]",
        element,
    )
    for kind, points in (("touchStart", [{"x": x, "y": y}]), ("touchEnd", [])):
        page.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
