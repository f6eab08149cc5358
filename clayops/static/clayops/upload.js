// Choosing, dropping and sending a file.
(() => {
  const field = () => $("[data-upload] .drop input");
  const box = (form) => form.matches?.("[data-upload]") && $("[data-sending]", form);

  const refusals = {
    413: "The file is larger than the limit. Split it and upload the parts.",
    507: "The disk has no room for the file. Tell whoever runs ClayOps, and upload it again later.",
  };

  function fileSize(bytes) {
    return bytes < 1024 * 1024 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
  }

  function problemWith(files, limit) {
    if (files.length > 1) return `These are ${files.length} files. One at a time, please: each becomes a job of its own.`;
    if (files[0]?.size > limit)
      return `${fileSize(files[0].size)} is more than the limit of ${fileSize(limit)}. Split the file and upload the parts.`;
    return "";
  }

  function show(input, files) {
    const drop = input.closest(".drop");
    const [name, hint] = [$("[data-file-name]", drop), $("[data-file-hint]", drop)];
    const problem = problemWith(files, Number(input.dataset.limit));
    const file = files.length === 1 ? files[0] : null;
    drop.classList.toggle("chosen", Boolean(file) && !problem);
    drop.classList.toggle("refused", Boolean(problem));
    name.textContent = file ? file.name : name.dataset.fileName;
    hint.textContent = problem || (file ? `${fileSize(file.size)} · drop or pick another to replace it` : hint.dataset.fileHint);
    input.setCustomValidity(file && problem ? problem : "");
  }

  document.addEventListener("change", (event) => {
    if (event.target === field()) show(event.target, event.target.files);
  });

  // A file may be dropped anywhere on the page: beside the frame, the browser would open it instead.
  const hasFiles = (event) => event.dataTransfer?.types.includes("Files") && field();
  document.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    field().closest(".drop").classList.add("over");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) field()?.closest(".drop").classList.remove("over");
  });
  document.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    const [input, files] = [field(), event.dataTransfer.files];
    input.closest(".drop").classList.remove("over");
    if (files.length === 1) input.files = files;
    else input.value = "";
    show(input, files);
  });

  document.addEventListener("htmx:beforeRequest", (event) => {
    const sending = box(event.target);
    if (!sending) return;
    sending.hidden = false;
    $("button[type=submit]", event.target).disabled = true;
  });
  document.addEventListener("htmx:xhr:progress", (event) => {
    const sending = box(event.target);
    if (!sending || !event.detail.lengthComputable) return;
    const { loaded, total } = event.detail;
    const bar = $("progress", sending);
    const text = $("[data-sending-text]", sending);
    if (loaded < total) {
      bar.value = loaded / total;
      text.textContent = `Uploading: ${fileSize(loaded)} of ${fileSize(total)}`;
    } else {
      bar.removeAttribute("value");
      text.textContent = "Uploaded. Reading the file …";
    }
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const sending = box(event.target);
    if (!sending || event.detail.successful) return;
    $("button[type=submit]", event.target).disabled = false;
    $("progress", sending).value = 0;
    $("[data-sending-text]", sending).textContent =
      refusals[event.detail.xhr.status] ||
      "The upload did not arrive. Check the connection, then press Upload again.";
  });
})();
