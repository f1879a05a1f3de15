// A call: playing it, and what goes along with that: the waveform, the transcript, findings, keys.
"use strict";

(() => {
  const box = document.getElementById("player");
  document.getElementById("copy-link")?.addEventListener("click", copyLink);
  if (!box) return;

  const { Wave, clock } = window.callqaWave;
  const about = JSON.parse(box.dataset.player);
  const line = document.getElementById("wave");
  const wave = new Wave(line, about);
  const talk = document.getElementById("talk");
  const sound = new window.callqaSound.Sound(box, about);
  const { audio } = sound;
  const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2];
  const PAUSE = 1.2, BEFORE = 0.2;
  const state = { wanted: about.start, frame: 0, turn: null, word: null, placed: false };
  window.callqaPlayer = { audio, wave, state };

  // --- sound

  // After another address was loaded the player stands at its beginning.
  async function ready() {
    const before = audio.src;
    await sound.ready();
    if (audio.src !== before) state.placed = false;
  }

  async function play(from = null) {
    if (from !== null) seek(from);
    box.classList.add("playing");
    label(true);
    try {
      await ready();
      if (!box.classList.contains("playing")) return;
      if (!state.placed || Math.abs(audio.currentTime - state.wanted) > 0.05) audio.currentTime = state.wanted;
      state.placed = true;
      audio.playbackRate = speed();
      await audio.play();
      loop();
    } catch (error) {
      pause();
      if (error.name !== "AbortError" && error.message !== "no sound") window.callqa.say(document.documentElement.dataset.failed, true);
    }
  }

  function pause() {
    audio.pause();
    box.classList.remove("playing");
    label(false);
    cancelAnimationFrame(state.frame);
  }

  function label(playing) {
    document.getElementById("play").setAttribute("aria-label", playing ? about.words.pause : about.words.play);
  }

  const toggle = () => (box.classList.contains("playing") ? pause() : play(state.wanted >= about.seconds - 0.05 ? 0 : null));

  function seek(time) {
    state.wanted = Math.min(about.seconds, Math.max(0, time));
    if (state.placed) audio.currentTime = state.wanted;
    follow(state.wanted, true);
  }

  audio.addEventListener("ended", () => { pause(); });
  audio.addEventListener("error", () => {
    if (!state.placed) return;  // `ready` fails, and says so
    sound.forget();
    state.placed = false;
    pause();
    sound.outline();
  });

  function loop() {
    cancelAnimationFrame(state.frame);
    const step = () => {
      if (audio.paused) return;
      state.wanted = audio.currentTime;
      skipSilence();
      follow(state.wanted, false);
      state.frame = requestAnimationFrame(step);
    };
    state.frame = requestAnimationFrame(step);
  }

  // --- silence: where nobody speaks and nothing is heard

  const gaps = (() => {
    const heard = [...about.turns.map((one) => [one[2], one[3]]), ...about.events.filter((one) => one[3] !== "silence").map((one) => [one[1], one[2]])];
    const found = [];
    let end = 0;
    for (const [start, stop] of heard.sort((a, b) => a[0] - b[0])) {
      if (start - end > PAUSE) found.push([end, start]);
      end = Math.max(end, stop);
    }
    if (about.seconds - end > PAUSE && heard.length) found.push([end, about.seconds]);
    return found;
  })();

  function skipSilence() {
    if (document.getElementById("skip").getAttribute("aria-pressed") !== "true") return;
    const gap = gaps.find(([start, end]) => state.wanted > start + BEFORE && state.wanted < end - 2 * BEFORE);
    if (gap) audio.currentTime = state.wanted = Math.max(0, gap[1] - BEFORE);
  }

  // --- the transcript goes along

  const turns = [...(talk?.querySelectorAll(".turn") ?? [])].map((element) => ({
    element, start: Number(element.dataset.s), end: Number(element.dataset.e),
    words: [...element.querySelectorAll(".w")], at: null,
  }));

  // Of turns that overlap the one that began last.
  const turnAt = (time) => turns.findLast((turn) => turn.start <= time + 0.02 && time < turn.end + 0.1) ?? null;

  function wordAt(turn, time) {
    turn.at ??= turn.words.map((word) => Number(word.dataset.s));
    const next = turn.at.findIndex((start) => start > time + 0.02);
    return turn.words[(next < 0 ? turn.words.length : next) - 1] ?? null;
  }

  const shown = { text: "" };

  function follow(time, jumped) {
    wave.show(time);
    const text = clock(time);
    if (text !== shown.text) {
      shown.text = text;
      document.getElementById("now").textContent = text;
      line.setAttribute("aria-valuenow", time.toFixed(1));
      line.setAttribute("aria-valuetext", text);
    }
    const turn = turnAt(time);
    if (turn !== state.turn) {
      state.turn?.element.classList.remove("now");
      turn?.element.classList.add("now");
      state.turn = turn;
      if (turn && (jumped || !audio.paused) && following()) reveal(turn.element);
    }
    const word = turn ? wordAt(turn, time) : null;
    if (word !== state.word) {
      state.word?.classList.remove("now");
      word?.classList.add("now");
      state.word = word;
    }
  }

  const following = () => document.getElementById("follow").getAttribute("aria-pressed") === "true";

  function reveal(element) {
    const { top, bottom } = element.getBoundingClientRect();
    const covered = getComputedStyle(box).position === "sticky" ? box.getBoundingClientRect().bottom : 0;
    if (top < covered + 8 || bottom > window.innerHeight - 40) element.scrollIntoView({ block: "start" });
  }

  for (const kind of ["wheel", "touchmove"]) {
    document.addEventListener(kind, () => { if (!audio.paused) press("follow", false); }, { passive: true });
  }

  // --- switches

  function press(id, on) {
    document.getElementById(id).setAttribute("aria-pressed", String(on));
  }

  const flip = (id) => press(id, document.getElementById(id).getAttribute("aria-pressed") !== "true");
  const speed = () => Number(box.querySelector('[data-speed][aria-pressed="true"]')?.dataset.speed ?? 1);

  function setSpeed(value) {
    for (const one of box.querySelectorAll("[data-speed]")) one.setAttribute("aria-pressed", String(Number(one.dataset.speed) === value));
    audio.playbackRate = value;
    try { localStorage.setItem("callqa_speed", String(value)); } catch { /* a frame without storage: it holds for this page */ }
  }

  const slower = (by) => setSpeed(SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, SPEEDS.indexOf(speed()) + by))]);

  // --- findings

  const places = about.marks.map((mark) => mark[0]).sort((a, b) => a - b).filter((time, number, all) => time !== all[number - 1]);

  function toFinding(forward) {
    const next = forward ? places.find((time) => time > state.wanted + 0.3) : places.findLast((time) => time < state.wanted - 1);
    if (next !== undefined) play(next);
  }

  function jump(button) {
    const { t, turn } = button.dataset;
    let from = Math.max(0, Number(t) - BEFORE);
    const words = turn === undefined ? null : turns.find((one) => one.element.dataset.turn === turn)?.words;
    const said = button.querySelector(".clip")?.textContent;
    // A part of a long turn: from its first word.
    if (words && said) {
      const text = words.map((word) => word.textContent).join("");
      const place = text.replace(/\s/g, "").indexOf(said.split(", ")[0].replace(/\s/g, ""));
      let passed = 0;
      for (const word of place > 0 ? words : []) {
        passed += word.textContent.replace(/\s/g, "").length;
        if (passed > place) { from = Math.max(0, Number(word.dataset.s) - BEFORE); break; }
      }
    }
    play(from);
  }

  // --- mouse

  document.getElementById("play").addEventListener("click", toggle);
  document.getElementById("skip").addEventListener("click", () => flip("skip"));
  document.getElementById("follow").addEventListener("click", () => flip("follow"));
  document.getElementById("zoom-in").addEventListener("click", () => wave.zoom(0.5));
  document.getElementById("zoom-out").addEventListener("click", () => wave.zoom(2));
  box.addEventListener("click", (event) => {
    const chosen = event.target.closest("[data-speed]");
    if (chosen) setSpeed(Number(chosen.dataset.speed));
  });

  const place = (event) => {
    const { left, top } = line.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  };
  let dragging = false;
  line.addEventListener("pointerdown", (event) => {
    dragging = true;
    line.setPointerCapture(event.pointerId);
    seek(wave.at(...place(event)).time);
  });
  line.addEventListener("pointermove", (event) => {
    const [x, y] = place(event);
    const here = wave.at(x, y);
    wave.hover = here.time;
    const tip = line.querySelector(".tip");
    tip.hidden = false;
    tip.textContent = here.text;
    // The policy refuses style attributes in markup; a script may set a property.
    tip.style.left = `${Math.min(line.clientWidth - 20, Math.max(20, x))}px`;
    if (dragging) seek(wave.timeAt(x));
    else wave.draw();
  });
  line.addEventListener("pointerup", () => { dragging = false; });
  line.addEventListener("pointerleave", () => {
    wave.hover = null;
    line.querySelector(".tip").hidden = true;
    wave.draw();
  });
  line.addEventListener("wheel", (event) => {
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      wave.zoom(event.deltaY > 0 ? 1.25 : 0.8, wave.timeAt(place(event)[0]));
    } else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      event.preventDefault();
      wave.moveTo(wave.from + (event.deltaX / line.clientWidth) * wave.span);
    }
  }, { passive: false });

  talk?.addEventListener("click", (event) => {
    const turn = event.target.closest(".turn");
    if (!turn || event.target.closest(".tag")) return;
    event.stopPropagation();  // no row is opened: it is played
    if (!getSelection().isCollapsed) return;
    event.preventDefault();
    const word = event.target.closest(".w");
    play(Math.max(0, Number(word ? word.dataset.s : turn.dataset.s) - (word ? 0.05 : 0)));
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest(".jump");
    if (button) jump(button);
    const tag = event.target.closest('a.tag[href^="#finding-"]');
    if (tag) flash(document.getElementById(tag.hash.slice(1)));
  });

  function flash(finding) {
    finding?.classList.add("flash");
    setTimeout(() => finding?.classList.remove("flash"), 1600);
  }

  // --- keys

  const KEYS = {
    " ": toggle,
    ArrowLeft: () => seek(state.wanted - 5),
    ArrowRight: () => seek(state.wanted + 5),
    n: () => toFinding(true),
    p: () => toFinding(false),
    ",": () => slower(-1),
    ".": () => slower(1),
    s: () => flip("skip"),
    f: () => flip("follow"),
    Home: () => seek(0),
    End: () => seek(about.seconds),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || document.querySelector("dialog[open]")) return;
    const target = event.target;
    if (target.closest("input, textarea, select, [contenteditable]")) return;
    if (event.key === " " && target.closest("button, summary")) return;  // it presses that
    if (event.key.length > 3 && event.key.match(/Home|End/) && target !== line) return;  // the page scrolls
    const known = KEYS[event.key];
    if (!known) return;
    event.preventDefault();
    known();
  });

  function copyLink() {
    const address = new URL(location.href);
    const at = window.callqaPlayer?.state.wanted ?? 0;
    address.search = "";
    address.hash = "";
    if (at > 0) address.searchParams.set("t", at.toFixed(1));
    navigator.clipboard?.writeText(String(address)).then(
      () => window.callqa.say(about.words.copied),
      () => window.callqa.say(String(address)),
    );
  }

  let kept = null;
  try { kept = Number(localStorage.getItem("callqa_speed")); } catch { /* as above */ }
  if (SPEEDS.includes(kept)) setSpeed(kept);
  follow(about.start, true);
  sound.onOutline = (found) => wave.setPeaks(found);
  sound.outline();
})();
