// Runs before the first paint, so that a saved theme never flashes.
document.documentElement.classList.add("js");
try {
  const saved = localStorage.getItem("theme");
  if (saved === "light" || saved === "dark") document.documentElement.dataset.theme = saved;
} catch {
  // Storage may be forbidden: the system's theme it is.
}
