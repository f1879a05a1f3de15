// The colours of the page, before anything of it is shown: by the switch, else by Airflow's page around it, else by the system.
"use strict";

(() => {
  const root = document.documentElement;

  const around = () => {
    try {
      return window.parent !== window ? window.parent.document.documentElement : null;
    } catch {
      return null;
    }
  };

  const paint = () => {
    const frame = around();
    root.classList.toggle("framed", Boolean(frame));
    let theme = root.dataset.chosen;
    if (theme === "auto" && frame) theme = frame.classList.contains("dark") ? "dark" : "light";
    if (theme === "auto") delete root.dataset.theme;
    else root.dataset.theme = theme;
    document.dispatchEvent(new CustomEvent("callqa:theme"));
  };

  const frame = around();
  if (frame) new MutationObserver(paint).observe(frame, { attributes: true, attributeFilter: ["class"] });
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
  window.callqaPaint = paint;
  paint();
})();
