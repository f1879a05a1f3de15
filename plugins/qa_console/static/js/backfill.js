// Backfills: the question before one is ended.
"use strict";

(() => {
  document.addEventListener("click", (event) => {
    const asked = event.target.closest("[data-dialog]");
    if (asked) document.getElementById(asked.dataset.dialog)?.showModal();
  });

  // The part that shows the progress is exchanged every few seconds: not while it asks something.
  document.addEventListener("htmx:beforeRequest", (event) => {
    const quiet = event.target.id === "progress" && document.querySelector("dialog[open]");
    if (quiet) event.preventDefault();
  });
})();
