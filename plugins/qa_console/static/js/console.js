// What every page does in the browser: keys, the colours and language switches, messages, requests by htmx.
"use strict";

(() => {
  const root = document.documentElement;
  const base = root.dataset.root;

  // --- colours and language: cookies that the server reads, so that a page comes right from the start

  const remember = (name, value) => {
    document.cookie = `${name}=${value}; path=${base || "/"}; max-age=31536000; samesite=lax`;
  };

  // --- messages

  const say = (text, bad = false) => {
    const line = document.createElement("div");
    line.textContent = text;
    line.className = bad ? "bad" : "";
    document.querySelector(".toasts").append(line);
    setTimeout(() => line.remove(), bad ? 9000 : 4000);
  };

  // --- rows: j and k go down and up, Enter opens

  const rows = () => [...document.querySelectorAll("[data-row]")].filter((row) => row.offsetParent !== null);

  const step = (by) => {
    const all = rows();
    if (!all.length) return;
    const now = all.findIndex((row) => row.classList.contains("at"));
    const next = all[Math.min(all.length - 1, Math.max(0, now + by))];
    if (now >= 0) all[now].classList.remove("at");
    next.classList.add("at");
    next.scrollIntoView({ block: "nearest" });
    (next.querySelector("a[href]") ?? next).focus?.({ preventScroll: true });
  };

  const open = () => document.querySelector("[data-row].at a[href]")?.click();

  // --- keys; a page adds its own with data-key on whatever is then clicked

  const typing = (target) => target.closest?.("input, textarea, select, [contenteditable]");
  let pending = "";

  const key = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      document.querySelectorAll("details.menu[open]").forEach((menu) => menu.removeAttribute("open"));
      if (typing(event.target)) event.target.blur();
      return;
    }
    if (typing(event.target) || document.querySelector("dialog[open]")) return;
    const pressed = pending + event.key;
    pending = "";
    if (event.key === "g" && pressed === "g") {
      pending = "g ";
      setTimeout(() => { pending = ""; }, 1200);
      return;
    }
    const known = {
      "/": () => (document.querySelector("main [data-search]") ?? document.querySelector("[data-search]"))?.focus(),
      "?": () => document.getElementById("help")?.showModal(),
      j: () => step(1),
      k: () => step(-1),
    };
    const there = document.querySelector(`[data-key="${CSS.escape(pressed)}"]`);
    if (known[pressed]) known[pressed]();
    else if (there) there.click();
    else return;
    event.preventDefault();
  };

  // --- clicks that need no request

  const clicked = (event) => {
    const row = event.target.closest("[data-row]");
    if (row && !event.target.closest("a, button, input, label, summary")) {
      row.querySelector("a[href]")?.click();
      return;
    }
    const asked = event.target.closest("[data-do]");
    document.querySelectorAll("details.menu[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.removeAttribute("open");
    });
    if (!asked) return;
    const { do: what, value } = asked.dataset;
    if (what === "theme") {
      remember("callqa_theme", value);
      root.dataset.chosen = value;
      document.querySelectorAll('[data-do="theme"]').forEach((one) => one.setAttribute("aria-pressed", String(one === asked)));
      window.callqaPaint();
    } else if (what === "language") {
      remember("callqa_language", value);
      location.reload();
    } else if (what === "help") {
      document.getElementById("help").showModal();
    } else if (what === "close") {
      asked.closest("dialog").close();
    } else if (what === "print") {
      window.print();
    }
  };

  const changed = (event) => {
    if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
  };

  // --- htmx

  const progress = (on) => document.querySelector(".progress")?.classList.toggle("on", on);

  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.verb !== "get") event.detail.headers["X-CallQA-Token"] = root.dataset.token;
  });
  document.addEventListener("htmx:beforeRequest", () => progress(true));
  document.addEventListener("htmx:afterRequest", () => progress(false));
  document.addEventListener("htmx:responseError", (event) => {
    const told = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html").body.textContent.trim();
    say(told.slice(0, 400) || root.dataset.failed, true);
  });
  document.addEventListener("htmx:sendError", () => say(root.dataset.unreachable, true));
  document.addEventListener("callqa:say", (event) => say(event.detail.value ?? event.detail));

  const here = document.querySelector('.nav [aria-current="page"]');
  document.fonts.ready.then(() => here?.scrollIntoView({ block: "nearest", inline: "center" })); // names have their width then

  document.addEventListener("keydown", key);
  document.addEventListener("click", clicked);
  document.addEventListener("change", changed);

  // For the pages' own scripts.
  window.callqa = {
    say,
    nonce: document.currentScript?.nonce ?? "",
    token: () => root.dataset.token,
    url: (path) => `${base}${path}`,
    colour: (name) => getComputedStyle(root).getPropertyValue(`--${name}`).trim(),
    // A request that changes something, as htmx sends it.
    change: (path, body, method = "POST") =>
      fetch(`${base}${path}`, { method, body, headers: { "X-CallQA-Token": root.dataset.token, "HX-Request": "true" } }),
  };
})();
