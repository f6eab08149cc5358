// A bar of outcomes: arrow keys, or the pointer, read single cells. What is looked at stays so while new ones arrive.
(() => {
  const WORDS = { s: "success", e: "empty", x: "error" };
  const bars = "[data-cells][role=slider]";
  const seen = new WeakMap(); // bar → the entries it had, and which of them is looked at (an index), if any

  const entriesOf = (bar) => bar.dataset.cells.split(" ").filter(Boolean);

  function ordinal(n) {
    const rest = n % 100 - n % 10 === 10 ? 0 : n % 10;
    return `${n}${["th", "st", "nd", "rd"][rest] ?? "th"}`;
  }

  // As the pages write it, in the product's time zone: "14:05", with its day where that is not today.
  function clock(at, timeZone) {
    const time = { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
    const day = (date) => date.toLocaleDateString("en-GB", { timeZone, day: "numeric", month: "short" });
    const shown = at.toLocaleTimeString("en-GB", time);
    return day(at) === day(new Date()) ? shown : `${day(at)}, ${shown}`;
  }

  function told(entry, place, count, zone) {
    const [letter, credits, latency, at] = entry.split(";");
    const parts = [WORDS[letter]];
    if (latency) parts.push(latency < 1000 ? `${latency} ms` : `${(latency / 1000).toFixed(1)} s`);
    if (credits) parts.push(`${credits} ${credits === "1" ? "credit" : "credits"}`);
    if (+at) parts.push(clock(new Date(at * 1000), zone));
    const newest = count - place;
    return `${newest === 1 ? "Newest" : `${ordinal(newest)} newest`}: ${parts.join(", ")}`;
  }

  function show(bar) {
    const state = seen.get(bar);
    if (!state || state.at === null) return;
    const entries = entriesOf(bar);
    const text = told(entries[state.at], state.at, entries.length, bar.dataset.zone);
    bar.setAttribute("aria-valuenow", state.at + 1);
    bar.setAttribute("aria-valuetext", text);
    const cells = bar.querySelectorAll("rect:not(.cells-ground)");
    cells.forEach((cell, index) => cell.classList.toggle("looked-at", index === state.at));
    const about = bar.parentElement.querySelector(".cells-told");
    if (about && about.textContent !== text) about.textContent = text;
  }

  function look(bar, at) {
    const entries = entriesOf(bar);
    if (!entries.length) return;
    seen.set(bar, { entries, at: Math.min(Math.max(at, 0), entries.length - 1) });
    show(bar);
  }

  function lookAway(bar) {
    seen.delete(bar);
    bar.querySelectorAll(".looked-at").forEach((cell) => cell.classList.remove("looked-at"));
    const about = bar.parentElement.querySelector(".cells-told");
    if (about) about.textContent = "";
  }

  // How many cells fell out at the left since: the shift with which the old ones fit the new ones.
  function shift(before, now) {
    for (let by = 0; by < before.length; by++)
      if (before.slice(by).every((entry, index) => now[index] === entry)) return by;
    return before.length;
  }

  const current = (bar) => seen.get(bar)?.at ?? entriesOf(bar).length - 1;
  const steps = {
    ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10, Home: -Infinity, End: Infinity,
  };

  document.addEventListener("keydown", (event) => {
    const bar = event.target.closest?.(bars);
    if (!bar || !(event.key in steps)) return;
    event.preventDefault();
    look(bar, current(bar) + steps[event.key]);
  });
  document.addEventListener("focusin", (event) => {
    const bar = event.target.closest?.(bars);
    if (bar && !seen.has(bar)) look(bar, entriesOf(bar).length - 1);
  });
  document.addEventListener("focusout", (event) => {
    const bar = event.target.closest?.(bars);
    if (bar) lookAway(bar);
  });
  function pointAt(event) {
    const bar = event.target.closest?.(bars);
    if (!bar) return;
    const box = bar.getBoundingClientRect();
    const empty = 100 - entriesOf(bar).length;
    look(bar, Math.floor((event.clientX - box.left) / box.width * 100) - empty);
  }
  document.addEventListener("pointermove", (event) => event.pointerType === "touch" || pointAt(event));
  document.addEventListener("click", pointAt); // a finger reads by a tap
  document.addEventListener("pointerout", (event) => {
    const bar = event.pointerType !== "touch" && event.target.closest?.(bars);
    if (bar && !bar.contains(event.relatedTarget) && bar !== document.activeElement) lookAway(bar);
  });
  document.addEventListener("htmx:afterSwap", () => {
    for (const bar of $$(bars)) {
      const state = seen.get(bar);
      if (!state || state.at === null) continue;
      const now = entriesOf(bar);
      look(bar, state.at - shift(state.entries, now));
    }
  });
})();
