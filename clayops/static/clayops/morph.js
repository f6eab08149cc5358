// hx-swap="morph": change what differs and leave the rest of the page alone, so that focus, open details,
// half-typed text, ticked boxes, selections and scroll positions outlive a live refresh.
(() => {
  const KEPT = { DETAILS: ["open"], INPUT: ["value", "checked"], OPTION: ["selected"] }; // what a person did
  const kept = (element, name) => KEPT[element.nodeName]?.includes(name) ?? false;

  const htmxOf = (node) => [...node.attributes].filter((a) => a.name.startsWith("hx-")).map((a) => a.value).join("\n");

  const alike = (a, b) =>
    a.nodeType === b.nodeType && a.nodeName === b.nodeName && (a.id || "") === (b.id || "");

  function attributes(from, to) {
    const before = htmxOf(from);
    for (const { name } of [...from.attributes])
      if (!to.hasAttribute(name) && !kept(from, name) && !name.startsWith("data-live-")) from.removeAttribute(name);
    for (const { name, value } of to.attributes)
      if (from.getAttribute(name) !== value && !kept(from, name))
        from.setAttribute(name, value);
    if (htmxOf(from) !== before) htmx.process(from);
  }

  function node(from, to) {
    if (from.nodeType !== Node.ELEMENT_NODE) {
      if (from.nodeValue !== to.nodeValue) from.nodeValue = to.nodeValue;
      return;
    }
    if (from.isEqualNode(to) || from.hasAttribute("data-still")) return; // still: a form with what is wrong in it
    attributes(from, to);
    if (from.nodeName !== "TEXTAREA") children(from, to);
  }

  function children(from, to) {
    let at = from.firstChild;
    for (const next of [...to.childNodes]) {
      let match = at;
      if (next.id) while (match && !alike(match, next)) match = match.nextSibling;
      if (match && alike(match, next)) {
        while (at !== match) {
          const gone = at;
          at = at.nextSibling;
          gone.remove();
        }
        at = match.nextSibling;
        node(match, next);
      } else {
        from.insertBefore(next, at);
        htmx.process(next);
      }
    }
    while (at) {
      const gone = at;
      at = at.nextSibling;
      gone.remove();
    }
  }

  htmx.defineExtension("morph", {
    isInlineSwap: (style) => style === "morph",
    handleSwap(style, target, fragment) {
      if (style !== "morph") return false;
      const whole = fragment.firstElementChild;
      if (whole && alike(target, whole)) node(target, whole);
      else children(target, fragment);
      return []; // new nodes are processed already; the target's own polling must not begin anew
    },
  });
})();
