// What a screen can do that paper cannot: sort a table by a column, and show only the rows that hold some words.
// Without it the page is whole all the same.
"use strict";

const collator = new Intl.Collator("en-GB", { numeric: true });

// "1,234", "8.64%" and "0.60% to 5.00%" sort by their first number, days by themselves, all else as text.
function key(cell) {
  const text = cell ? cell.textContent.trim() : "";
  const number = /^-?[\d,]+(\.\d+)?/.exec(text);
  return number && !/^\d+ [A-Za-z]/.test(text) ? Number(number[0].replaceAll(",", "")) : text;
}

function compare(a, b) {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return collator.compare(String(a), String(b));
}

function sort(table, column, header) {
  const ascending = header.getAttribute("aria-sort") !== "ascending";
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", ascending ? "ascending" : "descending");
  const body = table.tBodies[0];
  const rows = [...body.rows].map((row) => [key(row.cells[column]), row]);
  rows.sort((a, b) => (ascending ? compare(a[0], b[0]) : compare(b[0], a[0])));
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
