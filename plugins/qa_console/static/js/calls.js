// The list of calls: its menus take the keyboard when they open, and what one chooses in them is not lost while others
// are still being looked for; a number that is none is not sent.
"use strict";

(() => {
  const chooses = (target) => target.closest?.(".filter .options");

  document.addEventListener("toggle", (event) => {
    const menu = event.target;
    if (menu.matches?.(".filter[open]")) menu.querySelector(".pop input:not([type=hidden])")?.focus();
  }, true);

  document.addEventListener("change", (event) => {
    // What is typed to find a value is no filter itself.
    if (event.target.matches?.('.filter [name="like"]')) event.stopPropagation();
    // An answer that is under way does not know of this choice yet.
    const like = chooses(event.target) && event.target.closest(".pop").querySelector('[name="like"]');
    if (like) for (const one of [like, like.closest(".filter")]) window.htmx.trigger(one, "htmx:abort");
  }, true);

  // Escape leaves the field for the rows; browsers would empty it, and with it the filter.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target.matches?.("#filters [data-search]")) event.preventDefault();
  }, true);

  document.addEventListener("htmx:confirm", (event) => {
    const form = event.target.closest?.("#filters");
    if (form && event.target === form && !form.reportValidity()) event.preventDefault();
  });
})();
