// Dead letters: keys to move, tick and press, and ticks that outlive a refresh. All of it works by pointer, too.
// Any `[data-keys] tbody tr` is a row: its first link is opened by Enter, its checkbox is ticked by x.
(() => {
  const BOX = "input[type=checkbox]";
  const ticked = new Set(); // names and values, for rows that a refresh makes anew
  let last = ""; // the id of the row that keys were last on

  const boxes = () => $$(`[data-keys] tbody ${BOX}`);
  const all = () => $("[data-all]");
  const keyOf = (box) => `${box.name}=${box.value}`;
  const rows = () => $$("[data-keys] tbody tr").filter((row) => row.offsetParent && $(`a[href], ${BOX}`, row));
  const linkOf = (row) => $("a[href]", row) ?? $(BOX, row);

  // -- ticks ---------------------------------------------------------------------------------------------------
  const shown = (number) => number.toLocaleString("en");

  function said(some, letters) {
    if (all()?.checked) return `All ${shown(letters)} are meant`;
    if (!some.length) return "Nothing ticked";
    return `${shown(some.length)} ticked${letters === some.length ? "" : `, ${shown(letters)} letters`}`;
  }

  function showTicks() {
    const every = boxes();
    const some = every.filter((box) => box.checked);
    const count = some.length;
    const ofSome = some.reduce((sum, box) => sum + Number(box.dataset.letters ?? 1), 0);
    const letters = all()?.checked ? Number(all().dataset.all) : ofSome;
    const whole = $("[data-tick-all]");
    if (whole) {
      whole.checked = every.length > 0 && count === every.length;
      whole.indeterminate = count > 0 && count < every.length;
    }
    for (const out of $$("[data-ticked]")) {
      const text = said(some, letters);
      if (out.textContent !== text) out.textContent = text;
      out.toggleAttribute("data-live-some", count > 0 || Boolean(all()?.checked));
    }
    showOnButtons(letters);
  }

  function showOnButtons(count) {
    for (const button of $$("[data-verbs] button[name=verb]")) {
      let badge = $(".count", button);
      if (!count) badge?.remove();
      else {
        if (!badge) badge = button.appendChild(Object.assign(document.createElement("span"), { className: "count" }));
        const text = shown(count);
        if (badge.textContent !== text) badge.textContent = text;
      }
    }
  }

  function remember() {
    ticked.clear();
    for (const box of boxes()) if (box.checked) ticked.add(keyOf(box));
  }

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-tick-all]"))
      for (const box of boxes()) box.checked = event.target.checked;
    else if (!event.target.matches(`[data-keys] ${BOX}, [data-all]`)) return;
    remember();
    const apart = $("[data-apart]"); // ticked rows that leave the page must not turn "these" into "all"
    if (apart) apart.value = ticked.size ? "1" : "";
    showTicks();
  });

  // After a refresh: a row that moved is a new one, without its tick, and without the focus that was on it.
  document.addEventListener("htmx:afterSwap", (event) => {
    if (!event.target.matches("[data-live]") || !$("[data-keys]")) return;
    for (const box of boxes()) if (ticked.has(keyOf(box))) box.checked = true;
    remember();
    showTicks();
    const row = last && document.activeElement === document.body && document.getElementById(last);
    if (row) linkOf(row).focus({ preventScroll: true });
  });

  // -- rows ----------------------------------------------------------------------------------------------------
  document.addEventListener("focusin", (event) => {
    last = event.target.closest("[data-keys] tbody tr")?.id ?? "";
  });

  const current = () => document.activeElement.closest("[data-keys] tbody tr");

  function move(by) {
    const every = rows();
    const at = every.indexOf(current());
    const to = every[at < 0 ? (by > 0 ? 0 : every.length - 1) : Math.min(Math.max(at + by, 0), every.length - 1)];
    if (!to) return;
    linkOf(to).focus({ preventScroll: true, focusVisible: true });
    to.scrollIntoView({ block: "nearest" });
  }

  function tick(row) {
    const box = row && $(BOX, row);
    if (box && !box.disabled) box.click();
  }

  // -- what keys do --------------------------------------------------------------------------------------------
  function press(key) {
    const button = $$(`[data-key="${key}"]`).find((each) => each.offsetParent && !each.disabled);
    if (!button && key === "e") {
      const edit = current()?.dataset.edit;
      if (edit) location.assign(edit);
    }
    if (!button) return;
    if (!boxes().some((box) => box.checked) && !all()?.checked) tick(current());
    button.click();
  }

  function help() {
    const keys = $("#keys");
    if (keys && !keys.open) keys.showModal();
  }

  function search() {
    const field = $("main input[type=search]");
    field?.focus();
    field?.select();
  }

  const KEYS = {
    j: () => move(1),
    k: () => move(-1),
    x: () => tick(current()),
    "/": search,
    "?": help,
    a: () => press("a"),
    r: () => press("r"),
    e: () => press("e"),
    d: () => press("d"),
  };
  const TYPING = `input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]`;

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (!$("[data-keys], #keys") || $("dialog[open]") || event.target.closest?.(TYPING)) return;
    const row = event.key === "Enter" && event.target.matches?.(BOX) && current();
    if (row) linkOf(row).click();
    else if (Object.hasOwn(KEYS, event.key)) KEYS[event.key]();
    else return;
    event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-open-keys]")) help();
    else if (event.target === $("#keys")) event.target.close();
  });

  remember();
  showTicks();
})();
