// Small helps on top of pages that work without them.
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

// -- live parts: not while the tab is hidden or the person paused them; the header says when they last came ------
const live = { paused: false, last: Date.now(), lost: false };
const WAITS = "Something changed. It is shown when you leave or rest on what it would move, within 10 s. Click: stop refreshing";

function ago(seconds) {
  if (seconds < 5) return "now";
  if (seconds < 60) return `${Math.floor(seconds)} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  return seconds < 86400 ? `${Math.floor(seconds / 3600)} h ago` : `${Math.floor(seconds / 86400)} d ago`;
}

function showLive() {
  const button = $("#live");
  if (!button) return;
  const age = ago((Date.now() - live.last) / 1000);
  const [state, text] = live.paused
    ? ["paused", "Paused"]
    : live.lost ? ["lost", `Not refreshed, last ${age}`]
    : hold.any() ? ["waits", "Live · waits"] : ["on", `Live · ${age}`];
  button.dataset.state = state;
  button.setAttribute("aria-pressed", String(live.paused));
  button.title = state === "waits" ? WAITS : live.paused ? "Refresh by itself again" : "Stop refreshing by itself";
  if (button.textContent !== text) button.textContent = text;
}

function refreshNow() {
  $$("[data-live]").forEach((part) => htmx.trigger(part, "refresh"));
}

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.matches("[data-live]") && (document.hidden || live.paused)) event.preventDefault();
});
// Each part says what it saw last: where nothing changed since, the server answers nothing, at once.
document.addEventListener("htmx:configRequest", (event) => {
  const seen = event.target.dataset.livePulse;
  if (event.target.matches("[data-live]") && seen) event.detail.headers["X-Pulse"] = seen;
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (!event.target.matches("[data-live]")) return;
  const pulse = event.detail.xhr?.getResponseHeader("X-Pulse");
  if (pulse && !hold.has(event.target)) event.target.dataset.livePulse = pulse; // what waits was not seen
  live.lost = !event.detail.successful;
  if (event.detail.successful) live.last = Date.now();
  showLive();
});
document.addEventListener("visibilitychange", () => document.hidden || live.paused || refreshNow());
document.addEventListener("click", (event) => {
  if (!event.target.closest("#live")) return;
  live.paused = !live.paused;
  if (!live.paused) refreshNow();
  showLive();
});

function showTimes() {
  for (const time of $$("time[data-ago]")) {
    const seconds = (Date.now() - Date.parse(time.dateTime)) / 1000;
    const text = seconds >= 0 ? ago(seconds) : time.textContent;
    if (time.textContent !== text) time.textContent = text;
  }
}
setInterval(() => document.hidden || (showLive(), showTimes()), 1000);

// -- the tab: its title and icon say how many alerts there are -----------------------------------------------------
const title = document.title;
let counted = "";

function showCount() {
  const pill = $("#alerts-pill");
  if (!pill || counted === pill.dataset.count + pill.dataset.level) return;
  counted = pill.dataset.count + pill.dataset.level;
  const count = Number(pill.dataset.count);
  document.title = count ? `(${count}) ${title}` : title;
  const tone = pill.dataset.level === "bad" ? "#b3261e" : "#9a6208";
  const badge = count
    ? `<circle cx='22' cy='22' r='10' fill='${tone}'/><text x='22' y='27' font-family='sans-serif' font-size='14' font-weight='700' text-anchor='middle' fill='#fff'>${count > 9 ? "9+" : count}</text>`
    : "";
  const mark = "<g transform='scale(1.333)'><rect width='24' height='24' rx='6' fill='#a8431f'/><path fill='#fff' d='M16.8 8.4A6 6 0 1 0 16.8 15.6L14.5 13.9A3.2 3.2 0 1 1 14.5 10.1z'/><circle cx='18' cy='12' r='1.7' fill='#fff'/></g>";
  const svg = `<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'>${mark}${badge}</svg>`;
  $("link[rel=icon]").href = `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
document.addEventListener("htmx:afterSettle", showCount);
document.addEventListener("htmx:oobAfterSwap", showCount);
showCount();

// -- dialogs: a link to a page that asks is answered in a dialog instead ----------------------------------------
const dialog = () => $("#dialog");
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target !== dialog() || dialog().open) return;
  dialog().showModal();
  $("[data-focus]", dialog())?.focus();
});
document.addEventListener("click", (event) => {
  if (!dialog()?.open) return;
  if (event.target === dialog() || event.target.closest("[data-close]")) {
    event.preventDefault();
    dialog().close();
  }
});

// -- menus: closed by Escape, by a choice, and by a click elsewhere ----------------------------------------------
document.addEventListener("click", (event) => {
  const choice = event.target.closest("a, button");
  for (const menu of $$("details.menu[open]"))
    if (!menu.contains(event.target) || (choice && menu.contains(choice))) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && event.target.closest?.("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  $("summary", menu).focus();
});

// -- toasts ------------------------------------------------------------------------------------------------------
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-dismiss]")) event.target.closest(".toast").remove();
});
for (const toast of $$(".toast.good, .toast.info")) {
  let timer = setTimeout(() => toast.remove(), 7000);
  toast.addEventListener("pointerenter", () => clearTimeout(timer));
  toast.addEventListener("pointerleave", () => { timer = setTimeout(() => toast.remove(), 3000); });
}

// -- theme -------------------------------------------------------------------------------------------------------
function showTheme() {
  const now = document.documentElement.dataset.theme ?? "system";
  for (const button of $$("[data-set-theme]"))
    button.setAttribute("aria-pressed", String(button.dataset.setTheme === now));
}
document.addEventListener("click", (event) => {
  const choice = event.target.closest("[data-set-theme]")?.dataset.setTheme;
  if (!choice) return;
  try {
    if (choice === "system") localStorage.removeItem("theme");
    else localStorage.setItem("theme", choice);
  } catch {
    // It holds for this page only.
  }
  if (choice === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = choice;
  showTheme();
});
showTheme();

// -- navigation on phones: the current place is in sight ---------------------------------------------------------
const here = $(".nav [aria-current]");
if (here) { // not scrollIntoView: in Chromium 150 the first Tab would go on from there, past the skip link
  const nav = here.parentElement;
  const [box, room] = [here.getBoundingClientRect(), nav.getBoundingClientRect()];
  nav.scrollLeft += box.left + box.width / 2 - (room.left + room.width / 2);
}
