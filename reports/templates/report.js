// What a screen can do that paper cannot: sort a table by a column, show only the rows that hold some words, and
// tell of every day in a picture. Without it the page is whole all the same.
"use strict";

const collator = new Intl.Collator("en-GB", { numeric: true });

const NUMBER = "(-?[\\d,]+(?:\\.\\d+)?)%?";
const AMOUNT = new RegExp(`^${NUMBER}(?: to ${NUMBER})?(?: s)?$`);

// What a cell sorts by: its data-sort if it has one, a number or a range ("8.64%", "1.919 s", "0 to 26") as its
// high end and its low one, nothing ("–") as null, all else as text.
function key(cell) {
  const text = (cell?.dataset.sort ?? cell?.textContent ?? "").trim();
  if (text === "" || text === "–") return null;
  const amount = AMOUNT.exec(text);
  if (!amount) return text;
  const low = Number(amount[1].replaceAll(",", ""));
  return [amount[2] === undefined ? low : Number(amount[2].replaceAll(",", "")), low];
}

// Ranges by their high end, as the worst exposure counts; amounts before text.
function compare(a, b) {
  if (Array.isArray(a) && Array.isArray(b)) return a[0] - b[0] || a[1] - b[1];
  if (Array.isArray(a) || Array.isArray(b)) return Array.isArray(a) ? -1 : 1;
  return collator.compare(a, b);
}

function sort(table, column, header) {
  const ascending = header.getAttribute("aria-sort") !== "ascending";
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", ascending ? "ascending" : "descending");
  const body = table.tBodies[0];
  const rows = [...body.rows].map((row) => [key(row.cells[column]), row]);
  rows.sort(([a], [b]) => {
    // What is not known comes last in both directions.
    if (a === null || b === null) return (a === null) - (b === null);
    return ascending ? compare(a, b) : compare(b, a);
  });
  body.append(...rows.map(([, row]) => row));
}

function filter(table, words, count) {
  let shown = 0;
  for (const row of table.tBodies[0].rows) {
    row.hidden = !row.textContent.toLowerCase().includes(words.toLowerCase());
    shown += row.hidden ? 0 : 1;
  }
  count.textContent = words ? `${shown} of ${table.tBodies[0].rows.length} rows` : "";
}

// Whoever sees fewer rows at a glance needs no filter.
const MANY = 6;

for (const table of document.querySelectorAll("table.live")) {
  [...table.tHead.rows[0].cells].forEach((header, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...header.childNodes);
    button.addEventListener("click", () => sort(table, column, header));
    header.append(button);
  });
  if (table.tBodies[0].rows.length < MANY) continue;
  const search = document.createElement("input");
  search.type = "search";
  search.placeholder = "Filter rows";
  search.setAttribute("aria-label", `Filter the rows of: ${table.caption.textContent.trim()}`);
  const count = document.createElement("span");
  count.setAttribute("role", "status");
  search.addEventListener("input", () => filter(table, search.value.trim(), count));
  const bar = document.createElement("p");
  bar.className = "filter";
  bar.append(search, " ", count);
  table.closest(".scroll").before(bar);
}

// A link to a failure or a doubt opens the calls behind it.
function unfold() {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (const calls of target ? target.querySelectorAll("details") : []) calls.open = true;
}
addEventListener("hashchange", unfold);
unfold();

// A picture is one stop of the keyboard: arrows go from day to day and from line to line, Enter to what is told of
// the day. A pointer need not meet a mark: the nearest within REACH of it answers.
const REACH = 24;
const MORE = { mouse: "Click", touch: "Tap again", key: "Press Enter" };

const tip = document.createElement("div");
tip.className = "tip";
tip.hidden = true;
// Whoever hears the page hears the mark's own label.
tip.setAttribute("aria-hidden", "true");
document.querySelector("main").append(tip);
let shown = null;
// What was used last: the tip says how to go on with that.
let by = "key";

function place() {
  if (!shown) return;
  const at = shown.getBoundingClientRect();
  const frame = shown.closest(".chart").getBoundingClientRect();
  const { clientWidth, clientHeight } = document.documentElement;
  tip.hidden = at.bottom < 0 || at.top > clientHeight || at.right < frame.left || at.left > frame.right;
  // Measured where nothing squeezes it.
  tip.style.left = tip.style.top = "0";
  const { width, height } = tip.getBoundingClientRect();
  const above = at.top - height - 6;
  const left = Math.min(at.left + at.width / 2 - width / 2, clientWidth - width - 4);
  const top = Math.min(above < 4 ? at.bottom + 6 : above, clientHeight - height - 4);
  tip.style.left = `${Math.max(4, left)}px`;
  tip.style.top = `${Math.max(4, top)}px`;
}

function show(mark) {
  if (shown !== mark) hide();
  shown = mark;
  mark.classList.add("shown");
  tip.textContent = mark.dataset.tip;
  if (mark.dataset.to) {
    const more = document.createElement("span");
    more.textContent = `${MORE[by]} for what happened.`;
    tip.append(more);
  }
  tip.hidden = false;
  place();
}

function hide() {
  shown?.classList.remove("shown");
  shown = null;
  tip.hidden = true;
}

function follow(mark) {
  if (!mark.dataset.to) return;
  hide();
  location.hash = mark.dataset.to;
  unfold();
}

// How far a point is from a mark; a picture of one line has each day's whole height for its mark.
function distance(mark, x, y, oneLine) {
  const { left, right, top, bottom } = mark.getBoundingClientRect();
  const across = Math.max(left - x, x - right, 0);
  return oneLine ? across : Math.hypot(across, Math.max(top - y, y - bottom, 0));
}

function interactive(svg) {
  const lines = [...svg.querySelectorAll(".days")].map((line) => [...line.children]).filter((l) => l.length);
  const marks = lines.flat();
  if (!marks.length) return;
  const title = svg.querySelector("title");
  svg.setAttribute("role", "group");
  svg.setAttribute("aria-label", title.textContent);
  title.remove();
  // The axes were hidden by the role before; the marks say all that they say.
  for (const part of svg.children) if (!part.matches(".days")) part.setAttribute("aria-hidden", "true");
  for (const mark of marks) {
    mark.setAttribute("role", mark.dataset.to ? "link" : "img");
    mark.setAttribute("aria-label", mark.dataset.tip);
    mark.setAttribute("tabindex", "-1");
  }
  let stop = marks[0];
  stop.setAttribute("tabindex", "0");
  let before = null;

  function nearest(event) {
    let best = null;
    let least = REACH;
    for (const mark of marks) {
      const far = distance(mark, event.clientX, event.clientY, lines.length === 1);
      if (far < least) [best, least] = [mark, far];
    }
    return best;
  }

  // The neighbour of a mark: by days in its line, or in the next line the day nearest to it.
  function neighbour(mark, key) {
    const number = lines.findIndex((line) => line.includes(mark));
    const line = lines[number];
    const day = line.indexOf(mark);
    if (key === "Home") return line[0];
    if (key === "End") return line.at(-1);
    if (key === "ArrowLeft") return line[day - 1];
    if (key === "ArrowRight") return line[day + 1];
    const x = mark.getBoundingClientRect().left;
    const away = (other) => Math.abs(other.getBoundingClientRect().left - x);
    const next = lines[number + (key === "ArrowUp" ? -1 : 1)] ?? line;
    return next === line ? mark : next.reduce((a, b) => (away(b) < away(a) ? b : a));
  }

  // Not on the picture itself: some browsers take one that listens for focus as a stop of its own.
  const chart = svg.closest(".chart");
  chart.addEventListener("focusin", ({ target }) => {
    if (!marks.includes(target)) return;
    stop.setAttribute("tabindex", "-1");
    stop = target;
    stop.setAttribute("tabindex", "0");
    show(stop);
  });
  chart.addEventListener("focusout", hide);
  svg.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "Enter") follow(stop);
    else if (/^Arrow|^Home$|^End$/.test(event.key)) neighbour(stop, event.key)?.focus();
    else return;
    event.preventDefault();
  });
  svg.addEventListener("pointermove", (event) => {
    if (event.pointerType === "touch") return;
    const mark = nearest(event);
    svg.classList.toggle("leads", Boolean(mark?.dataset.to));
    by = "mouse";
    if (mark) show(mark);
    else hide();
  });
  svg.addEventListener("pointerleave", (event) => {
    if (event.pointerType !== "touch") hide();
  });
  svg.addEventListener("pointerdown", (event) => {
    by = event.pointerType === "touch" ? "touch" : "mouse";
    before = shown;
  });
  // The first tap tells, the second leads. A screen reader's click may be nowhere but on the mark.
  svg.addEventListener("click", (event) => {
    const mark = event.target.closest("[data-tip]") ?? nearest(event);
    if (!mark) hide();
    else if (by === "touch" && mark !== before) show(mark);
    else follow(mark);
  });
}

for (const svg of document.querySelectorAll(".chart svg")) interactive(svg);
addEventListener("keydown", (event) => {
  by = "key";
  if (event.key === "Escape") hide();
}, { capture: true });
addEventListener("pointerdown", ({ target }) => {
  if (!target.closest(".chart svg")) hide();
});
addEventListener("scroll", place, { capture: true, passive: true });
addEventListener("resize", place);
