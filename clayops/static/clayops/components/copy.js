// A button that copies what a field holds: <button data-copy="its id">, said aloud in #<its id>-copied.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copy);
  const said = document.getElementById(`${button.dataset.copy}-copied`);
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    said.textContent = button.textContent = "Copied";
  } catch {
    // The browser forbids it: the text is selected, the keyboard will do.
    said.textContent = button.textContent = "Press Ctrl+C";
  }
});
