// Reviewing by keys: e goes to the note; forms are sent by their buttons only; the rule is asked for where it is needed.
"use strict";

(() => {
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-no-submit]")) event.preventDefault();
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "e" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    const note = document.getElementById("note");
    if (!note) return;
    note.focus();
    event.preventDefault();
  });

  // The sound of the evidence: from half a second before it to half a second after it; the same key stops it.
  let sound = null;

  const stop = () => {
    sound?.pause();
    sound = null;
    document.querySelectorAll("[data-listen]").forEach((one) => one.setAttribute("aria-pressed", "false"));
  };

  const play = async (button) => {
    if (sound) {
      stop();
      return;
    }
    const answer = await window.callqa.change(button.dataset.listen, null);
    const leave = answer.ok ? await answer.json() : {};
    if (leave.state !== "ready") {
      window.callqa.say(button.dataset.unready, true);
      return;
    }
    stop();
    const mine = new Audio(leave.url);
    const until = Number(button.dataset.to);
    sound = mine;
    mine.addEventListener("loadedmetadata", () => { mine.currentTime = Math.max(0, Number(button.dataset.from)); });
    mine.addEventListener("timeupdate", () => { if (sound === mine && mine.currentTime >= until) stop(); });
    mine.addEventListener("ended", stop);
    button.setAttribute("aria-pressed", "true");
    await mine.play().catch(stop);
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-listen]");
    if (button) play(button);
  });
  document.addEventListener("htmx:beforeSwap", stop);

  const kinds = () => {
    const field = document.querySelector("[data-rule-field]");
    if (field) field.hidden = document.querySelector('input[name="kind"]:checked')?.value !== "rule";
  };
  document.addEventListener("change", kinds);
  kinds();
})();
