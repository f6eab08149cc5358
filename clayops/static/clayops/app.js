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

// -- upload ------------------------------------------------------------------------------------------------------
function fileSize(bytes) {
  return bytes < 1024 * 1024 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

function showFile(input) {
  const drop = input.closest(".drop");
  const file = input.files[0];
  const limit = Number(input.dataset.limit);
  const tooBig = file && file.size > limit;
  drop.classList.toggle("chosen", Boolean(file) && !tooBig);
  $("[data-file-name]", drop).textContent = file ? file.name : $("[data-file-name]", drop).dataset.fileName;
  $("[data-file-hint]", drop).textContent = !file
    ? $("[data-file-hint]", drop).dataset.fileHint
    : tooBig
      ? `${fileSize(file.size)} is more than the limit of ${fileSize(limit)}. Split the file and upload the parts.`
      : `${fileSize(file.size)} · drop or pick another to replace it`;
  input.setCustomValidity(tooBig ? "The file is larger than the limit." : "");
}

document.addEventListener("change", (event) => {
  if (event.target.matches(".drop input")) showFile(event.target);
});
for (const [name, over] of [["dragover", true], ["dragleave", false], ["drop", false]])
  document.addEventListener(name, (event) => {
    event.target.closest?.(".drop")?.classList.toggle("over", over);
  });

document.addEventListener("htmx:beforeRequest", (event) => {
  const box = $("[data-sending]", event.target);
  if (!event.target.matches("[data-upload]") || !box) return;
  box.hidden = false;
  $("button[type=submit]", event.target).disabled = true;
});
document.addEventListener("htmx:xhr:progress", (event) => {
  const box = event.target.matches("[data-upload]") && $("[data-sending]", event.target);
  if (!box || !event.detail.lengthComputable) return;
  const { loaded, total } = event.detail;
  const bar = $("progress", box);
  const text = $("[data-sending-text]", box);
  if (loaded < total) {
    bar.value = loaded / total;
    text.textContent = `Uploading: ${fileSize(loaded)} of ${fileSize(total)}`;
  } else {
    bar.removeAttribute("value");
    text.textContent = "Uploaded. Reading and checking every line …";
  }
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (!event.target.matches("[data-upload]") || event.detail.successful) return;
  const box = $("[data-sending]", event.target);
  $("button[type=submit]", event.target).disabled = false;
  if (!box) return;
  $("progress", box).value = 0;
  $("[data-sending-text]", box).textContent =
    event.detail.xhr.status === 413
      ? "The file is larger than the limit. Split it and upload the parts."
      : "The upload did not arrive. Check the connection, then press Upload again.";
});

// -- navigation on phones: the current place is in sight ---------------------------------------------------------
$(".nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
