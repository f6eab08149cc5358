// A live part does not move what a person is about to press. What would add, take away or reorder anything up to the
// row, button or link that the pointer or the focus is on waits until they leave it or rest, 10 s at most; the "Live"
// sign says so. What only changes words and numbers comes at once.
const hold = (() => {
  const REST = 5000; // so long after the last movement nobody is about to press
  const MOST = 10000;
  const LATE = 400; // a click so soon after something moved all the same was meant for what stood there before
  const PLACES = ":is(main, .alerts)";
  const AIMED = `${PLACES} :is(tbody tr, .alert, a, button, summary, label, input, select)`;
  const FOCUSED = `${PLACES} :is(a, button, summary)`;
  const ITEMS = "tr, li, p, small, section, nav, dt, details, a, button, [id]";
  const pointer = { on: null, at: -REST, x: 0, y: 0 };
  const waiting = new Map(); // by what asks for them: parts that have news, and since when
  let asker = null; // whose answer is being looked at, and since when its news waits
  let since = 0;
  let keyAt = -REST;
  let movedAt = -LATE;

  const now = () => performance.now();
  const named = (item) =>
    [item.nodeName, item.id, item.getAttribute("href") ?? item.getAttribute("formaction")].join(" ");

  // Names of what stands in `root`, as far as `last` where that is in it.
  function upTo(root, last) {
    const found = [];
    for (const item of root.querySelectorAll(ITEMS)) {
      if (last && last.compareDocumentPosition(item) & Node.DOCUMENT_POSITION_FOLLOWING) break;
      found.push(named(item));
    }
    return found;
  }

  function wouldMove(part, fresh, on) {
    const inside = part.contains(on);
    const before = upTo(part, on);
    const after = upTo(fresh);
    return (!inside && before.length !== after.length) || before.some((name, place) => name !== after[place]);
  }

  const isAbove = (part, on) => Boolean(part.compareDocumentPosition(on) & Node.DOCUMENT_POSITION_FOLLOWING);

  // What a person is on that a change of `part` could move: by the pointer also what stands below it.
  function onWhat(part) {
    const focus = document.activeElement?.closest?.(FOCUSED);
    const found = [];
    if (pointer.on?.isConnected && isAbove(part, pointer.on)) found.push({ on: pointer.on, at: pointer.at });
    if (focus?.matches(":focus-visible") && part.contains(focus)) found.push({ on: focus, at: keyAt });
    return found;
  }

  const isActive = ({ at }) => now() - at < REST;

  function mustWait(part, fresh) {
    const moved = onWhat(part).filter(({ on }) => wouldMove(part, fresh, on));
    if (moved.some(isActive) && now() - since < MOST) {
      waiting.set(asker, { part, since });
      return true;
    }
    if (moved.some(({ on }) => on === pointer.on)) movedAt = now();
    return false;
  }

  function contentOf(part, html) {
    const template = document.createElement("template");
    template.innerHTML = html;
    for (const other of template.content.querySelectorAll("[hx-swap-oob]")) other.remove();
    const whole = template.content.firstElementChild;
    return part.id && whole?.id === part.id ? whole : template.content;
  }

  document.addEventListener("htmx:beforeSwap", (event) => {
    const { shouldSwap, serverResponse, requestConfig } = event.detail;
    const part = event.target;
    if (!shouldSwap) return;
    asker = requestConfig.elt;
    since = waiting.get(asker)?.since ?? now();
    waiting.delete(asker);
    if (asker !== part || !part.matches("[data-live]:not([hx-swap=none])")) return;
    if (mustWait(part, contentOf(part, serverResponse))) event.detail.shouldSwap = false;
  });
  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    const { target, fragment } = event.detail;
    if (!asker?.matches("[data-live]") || !target.closest(PLACES)) return; // the header pushes nothing down
    if (mustWait(target, fragment.firstElementChild)) event.detail.shouldSwap = false;
  });

  document.addEventListener("pointermove", (event) => {
    const { pointerType, screenX: x, screenY: y } = event;
    if (pointerType === "touch" || (x === pointer.x && y === pointer.y)) return; // the page moved, not the person
    Object.assign(pointer, { x, y, at: now(), on: event.target.closest?.(AIMED) ?? null });
  }, { passive: true });
  document.documentElement.addEventListener("pointerleave", () => { pointer.on = null; });
  for (const kind of ["keydown", "focusin"]) document.addEventListener(kind, () => { keyAt = now(); });

  // The click is what all this waited for.
  document.addEventListener("click", (event) => {
    if (event.detail && now() - movedAt < LATE && event.target.closest(PLACES)) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
    pointer.on = null;
  }, { capture: true });

  function ask() {
    for (const [from, news] of waiting) {
      if (!news.part.isConnected) waiting.delete(from);
      else if (!onWhat(news.part).some(isActive) || now() - news.since >= MOST) htmx.trigger(from, "refresh");
    }
  }
  setInterval(ask, 500);

  return { has: (part) => waiting.has(part), any: () => waiting.size > 0 };
})();
