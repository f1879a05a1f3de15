// Decisions about refused days: dialogs, and what the server says against an answer inside of them.
"use strict";

(() => {
  document.addEventListener("click", (event) => {
    const asked = event.target.closest("[data-dialog]");
    if (!asked) return;
    const dialog = document.getElementById(asked.dataset.dialog);
    dialog.showModal();
    dialog.querySelector("textarea").focus();
  });

  const wrong = (form, text) => { form.querySelector("[data-wrong]").textContent = text; };

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.matches("[data-decision]")) wrong(event.target, "");
  });

  // A dialog covers the messages of the page, so the answer of the server is shown in it.
  document.addEventListener("htmx:responseError", (event) => {
    if (!event.target.matches("[data-decision]")) return;
    event.stopImmediatePropagation();
    const told = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html").body.textContent.trim();
    wrong(event.target, told.slice(0, 600) || document.documentElement.dataset.failed);
  }, true);
})();
