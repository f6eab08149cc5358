// Small helps on top of pages that work without them.
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

// -- live parts: not while the tab is hidden or the person paused them; the header says when they last came ------
const live = { paused: false, last: Date.now(), lost: false };

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
    : live.lost ? ["lost", `Not refreshed, last ${age}`] : ["on", `Live · ${age}`];
  button.dataset.state = state;
  button.setAttribute("aria-pressed", String(live.paused));
  button.title = live.paused ? "Refresh by itself again" : "Stop refreshing by itself";
  if (button.textContent !== text) button.textContent = text;
}

function refreshNow() {
  $$("[data-live]").forEach((part) => htmx.trigger(part, "refresh"));
}

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.matches("[data-live]") && (document.hidden || live.paused)) event.preventDefault();
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (!event.target.matches("[data-live]")) return;
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
