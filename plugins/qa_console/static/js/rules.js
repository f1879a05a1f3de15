// The editor of rules: numbers beside the lines, Tab indents, Ctrl+Enter tries, the faulty line is shown.
"use strict";

(() => {
  const editor = document.querySelector("[data-editor]");
  if (!editor) return;
  const text = editor.querySelector("textarea");
  const chosen = document.querySelector("select[data-new]");
  const numbers = editor.querySelector(".numbers");

  const number = (wrong = 0) => {
    const count = text.value.split("\n").length;
    numbers.replaceChildren(...Array.from({ length: count }, (_, at) => {
      const line = document.createElement("span");
      line.textContent = `${at + 1}\n`;
      if (at + 1 === wrong) line.className = "wrong";
      return line;
    }));
    numbers.scrollTop = text.scrollTop;
  };

  const show = (line) => {
    const lines = text.value.split("\n");
    const start = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
    text.focus();
    text.setSelectionRange(start, start + (lines[line - 1] ?? "").length);
    text.scrollTop = Math.max(0, (line - 6) * parseFloat(getComputedStyle(text).lineHeight));
    number(line);
  };

  text.addEventListener("input", () => number());
  text.addEventListener("scroll", () => { numbers.scrollTop = text.scrollTop; });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      text.form.requestSubmit();
      event.preventDefault();
    } else if (event.key === "Tab" && !event.shiftKey && !event.ctrlKey && !event.altKey && text.dataset.leaves !== "true") {
      text.setRangeText("  ", text.selectionStart, text.selectionEnd, "end");
      text.dispatchEvent(new Event("input"));
      event.preventDefault();
    } else if (event.key === "Escape") {
      text.dataset.leaves = "true"; // Tab leaves the field again, so that nobody is caught in it
    }
  });
  text.addEventListener("focus", () => { text.dataset.leaves = "false"; });

  document.addEventListener("htmx:afterSettle", (event) => {
    const wrong = event.target.querySelector?.("[data-wrong-line]");
    if (wrong?.dataset.wrongLine) show(Number(wrong.dataset.wrongLine));
    else number();
  });
  const draft = () => { text.form.dataset.new = chosen.value; };
  chosen.addEventListener("change", draft);
  draft();
  number();
})();
