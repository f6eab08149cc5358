// The steps of a waterfall: dragged, moved by keyboard, removed, all without a page load. What is saved is their order
// in the form, so that nothing here needs to tell the server.
(() => {
  const form = $("#waterfall-form");
  const list = () => $("#steps-list");
  const steps = () => $$(":scope > .step", list());
  const nameOf = (step) => step.dataset.name;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  let count = steps().length;

  function ordinal(number) {
    const ten = number % 100 > 10 && number % 100 < 14 ? 0 : number % 10;
    return `${number}${["th", "st", "nd", "rd"][ten] ?? "th"}`;
  }

  const say = (text) => { $("#moved").textContent = text; };
  const sayPlace = (step) => say(`${nameOf(step)} is now ${ordinal(steps().indexOf(step) + 1)} of ${steps().length}`);

  function refresh() {
    const all = steps();
    const sends = $("#id_sends_lists").checked;
    const areOff = all.length > 0 && !all.some((step) => $("[type=checkbox]", step).checked);
    all.forEach((step, place) => {
      $("[name=up]", step).toggleAttribute("aria-disabled", place === 0);
      $("[name=down]", step).toggleAttribute("aria-disabled", place === all.length - 1);
      for (const button of $$("[aria-disabled]", step)) button.setAttribute("aria-disabled", "true");
      step.classList.toggle("is-off", !$("[type=checkbox]", step).checked);
    });
    list().hidden = all.length === 0;
    $(".no-steps").hidden = all.length > 0;
    $(".lists-empty").hidden = all.length > 0 || !sends;
    $(".all-off").hidden = !areOff || !sends;
    count = all.length;
  }

  function changed() {
    refresh();
    $("#not-saved").hidden = false;
  }

  function move(step, by) {
    const beside = by < 0 ? step.previousElementSibling : step.nextElementSibling;
    if (!beside) return say(`${nameOf(step)} is ${by < 0 ? "first" : "last"} already`);
    const held = document.activeElement;
    if (by < 0) beside.before(step);
    else beside.after(step);
    held.focus(); // what moves in the page loses it
    changed();
    sayPlace(step);
  }

  function remove(step) {
    const next = step.nextElementSibling ?? step.previousElementSibling;
    step.remove();
    changed();
    say(`${nameOf(step)} is removed`);
    (next ? $("[name=remove]", next) : $("#new")).focus();
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest(".step button");
    if (!button || button.matches(".handle")) return;
    event.preventDefault();
    const step = button.closest(".step");
    if (button.name === "remove") remove(step);
    else move(step, button.name === "up" ? -1 : 1);
  });

  document.addEventListener("keydown", (event) => {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (by && event.target.matches(".handle")) {
      event.preventDefault();
      move(event.target.closest(".step"), by);
    }
    if (event.key === "Enter" && event.target.id === "new" && event.target.value.trim()) {
      event.preventDefault();
      $("#add").click();
    }
  });

  form.addEventListener("input", changed);

  function watch() {
    Sortable.create(list(), {
      handle: ".handle",
      draggable: ".step",
      animation: calm ? 0 : 150,
      forceFallback: true, // one look with every browser, and by touch
      fallbackOnBody: true,
      fallbackTolerance: 3,
      ghostClass: "place",
      fallbackClass: "dragged",
      onEnd: ({ item, oldIndex, newIndex }) => {
        if (oldIndex === newIndex) return;
        changed();
        sayPlace(item);
      },
    });
  }

  document.addEventListener("htmx:load", (event) => {
    if (event.detail.elt.id !== "steps") return;
    watch();
    if (steps().length > count) {
      changed();
      say(`${nameOf(steps().at(-1))} is added as ${ordinal(count)} of ${count}`);
    }
    $("#new").focus();
  });

  watch();
  refresh();
})();
