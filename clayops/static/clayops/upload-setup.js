// The page of a draft. Each change is saved at once, and the server's answer shows in the fields: except in those
// that were changed again since they were sent.
(() => {
  const changed = new Set();
  const isOurs = (event) =>
    Boolean(event.target.closest?.("#setup")) && event.detail.requestConfig?.verb === "post";

  for (const kind of ["input", "change"])
    document.addEventListener(kind, (event) => event.target.closest?.("#setup") && changed.add(event.target), true);

  function follow() {
    for (const field of $$("#setup [data-value]"))
      if (!changed.has(field) && field.value !== field.dataset.value) field.value = field.dataset.value;
    for (const box of $$("#setup [data-checked]"))
      if (!changed.has(box)) box.checked = box.dataset.checked === "yes";
  }

  // htmx remembers the button that was pressed last: a later change of a field does not press it again.
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.target.id !== "setup") return;
    for (const button of ["go_columns", "guess", "leave_all", "at", "keep", "trial", "fits", "raise", "raise_own"]) delete event.detail.parameters[button];
  });

  document.addEventListener("htmx:beforeSend", (event) => isOurs(event) && changed.clear());
  document.addEventListener("htmx:afterSwap", (event) => isOurs(event) && follow());
  document.addEventListener("htmx:afterRequest", (event) => {
    const note = $("#unsaved");
    if (!note || !isOurs(event)) return;
    const { xhr } = event.detail;
    note.hidden = xhr.status >= 200 && (xhr.status < 400 || xhr.status === 422);
  });
})();
