// Keys for a queue of rows that are links. They act only while the focus is inside the queue (WCAG 2.1.4): never in a
// field, never for somebody who is elsewhere on the page. What they do is listed in the page itself.
const queue = document.querySelector("[data-queue]");
const rows = [...queue.querySelectorAll("[data-queue-row]")];
const help = queue.querySelector("[data-queue-help]");
let last = null; // the row the person was on

const at = () => rows.indexOf(last);
const go = (row) => row?.focus();
const actions = {
  j: () => go(rows[at() + 1] ?? rows.at(-1)),
  k: () => go(rows[Math.max(at() - 1, 0)]),
  o: () => rows.find((row) => row === document.activeElement)?.click(),
  n: () => document.querySelector("[data-queue-new]")?.click(),
  "/": () => document.querySelector("[data-queue-search] input")?.focus(),
  "?": () => {
    help.open = true;
    help.querySelector("summary").focus();
  },
};
actions.ArrowDown = actions.j;
actions.ArrowUp = actions.k;

queue.addEventListener("focusin", ({ target }) => {
  if (rows.includes(target)) last = target;
});
queue.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest("input, select, textarea")) return;
  const action = actions[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});
