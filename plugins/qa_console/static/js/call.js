// A call: playing it with wavesurfer.js, and what goes along with that: the transcript, findings, keys.
"use strict";

(() => {
  const box = document.getElementById("player");
  const copy = document.getElementById("copy-link");
  copy.addEventListener("click", copyLink);
  if (!box) return;

  const { Wave, clock } = window.callqaWave;
  const { Talk, BEFORE } = window.callqaTalk;
  const about = JSON.parse(box.dataset.player);
  const line = document.getElementById("wave");
  const list = document.getElementById("talk");
  const wave = new Wave(line, document.getElementById("overview"), about);
  const { surfer, audio } = wave;
  const sound = new window.callqaSound.Sound(box, about, audio);
  const talk = new Talk(list, box, () => pressed("follow"));
  const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2];
  const PAUSE = 1.2;
  window.callqaPlayer = { audio, surfer, wave, sound, at: () => surfer.getCurrentTime() };

  // --- sound

  async function play(from = null) {
    if (from !== null) seek(from);
    playing(true);
    try {
      const at = surfer.getCurrentTime();
      await sound.ready();
      if (!box.classList.contains("playing")) return;
      if (Math.abs(audio.currentTime - at) > 0.05) {  // another address was loaded, at its beginning
        audio.currentTime = at;
        surfer.setTime(at);
      }
      await surfer.play();
    } catch (error) {
      playing(false);
      if (error.message !== "no sound") window.callqa.say(document.documentElement.dataset.failed, true);
    }
  }

  function playing(on) {
    box.classList.toggle("playing", on);
    document.getElementById("play").setAttribute("aria-label", on ? about.words.pause : about.words.play);
  }

  function pause() {
    surfer.pause();
    playing(false);
  }

  const toggle = () => (box.classList.contains("playing") ? pause() : play(surfer.getCurrentTime() >= about.seconds - 0.05 ? 0 : null));
  const seek = (time) => surfer.setTime(Math.min(about.seconds, Math.max(0, time)));

  surfer.on("timeupdate", follow);
  surfer.on("audioprocess", skipSilence);
  surfer.on("play", () => playing(true));  // also by a key of the keyboard's for that
  surfer.on("pause", () => playing(false));
  surfer.on("finish", () => playing(false));
  surfer.on("error", () => {
    if (!sound.loaded) return;  // `ready` fails, and says so
    sound.forget();
    playing(false);
    sound.outline();
  });

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

  function skipSilence(time) {
    if (!pressed("skip")) return;
    const gap = gaps.find(([start, end]) => time > start + BEFORE && time < end - 2 * BEFORE);
    if (gap) surfer.setTime(Math.max(0, gap[1] - BEFORE));
  }

  // --- what goes along

  function follow(time) {
    const text = clock(time), now = document.getElementById("now");
    if (text !== now.textContent) {
      now.textContent = text;
      line.setAttribute("aria-valuenow", time.toFixed(1));
      line.setAttribute("aria-valuetext", text);
    }
    talk.follow(time);
  }

  for (const kind of ["wheel", "touchmove"]) {
    document.addEventListener(kind, (event) => { if (!audio.paused && !line.contains(event.target)) press("follow", false); }, { passive: true });
  }

  // --- switches

  function press(id, on) {
    document.getElementById(id).setAttribute("aria-pressed", String(on));
  }

  const pressed = (id) => document.getElementById(id).getAttribute("aria-pressed") === "true";
  const flip = (id) => press(id, !pressed(id));
  const speed = () => Number(box.querySelector('[data-speed][aria-pressed="true"]')?.dataset.speed ?? 1);

  function setSpeed(value) {
    for (const one of box.querySelectorAll("[data-speed]")) one.setAttribute("aria-pressed", String(Number(one.dataset.speed) === value));
    audio.defaultPlaybackRate = value;  // of what is loaded later
    surfer.setPlaybackRate(value);
    try { localStorage.setItem("callqa_speed", String(value)); } catch { /* a frame without storage: it holds for this page */ }
  }

  const slower = (by) => setSpeed(SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, SPEEDS.indexOf(speed()) + by))]);

  // --- findings

  const places = about.marks.map((mark) => mark[0]).sort((a, b) => a - b).filter((time, number, all) => time !== all[number - 1]);

  function toFinding(forward) {
    const now = surfer.getCurrentTime();
    const next = forward ? places.find((time) => time > now + 0.3) : places.findLast((time) => time < now - 1);
    if (next !== undefined) play(next);
  }

  function flash(finding) {
    finding?.classList.add("flash");
    setTimeout(() => finding?.classList.remove("flash"), 1600);
  }

  // --- mouse

  document.getElementById("play").addEventListener("click", toggle);
  document.getElementById("skip").addEventListener("click", () => flip("skip"));
  document.getElementById("follow").addEventListener("click", () => flip("follow"));
  document.getElementById("zoom-in").addEventListener("click", () => wave.zoom(2));
  document.getElementById("zoom-out").addEventListener("click", () => wave.zoom(0.5));
  box.addEventListener("click", (event) => {
    const chosen = event.target.closest("[data-speed]");
    if (chosen) setSpeed(Number(chosen.dataset.speed));
  });

  list?.addEventListener("click", (event) => {
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
    if (button) play(talk.startOf(button));
    const tag = event.target.closest('a.tag[href^="#finding-"]');
    if (tag) flash(document.getElementById(tag.hash.slice(1)));
  });

  // --- keys

  const KEYS = {
    " ": toggle,
    ArrowLeft: () => seek(surfer.getCurrentTime() - 5),
    ArrowRight: () => seek(surfer.getCurrentTime() + 5),
    n: () => toFinding(true),
    p: () => toFinding(false),
    ",": () => slower(-1),
    ".": () => slower(1),
    s: () => flip("skip"),
    f: () => flip("follow"),
    "+": () => wave.zoom(2),
    "-": () => wave.zoom(0.5),
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
    const at = window.callqaPlayer?.at() ?? 0;
    address.search = "";
    address.hash = "";
    if (at > 0) address.searchParams.set("t", at.toFixed(1));
    navigator.clipboard?.writeText(String(address)).then(
      () => window.callqa.say(copy.dataset.copied),
      () => window.callqa.say(String(address)),
    );
  }

  let kept = null;
  try { kept = Number(localStorage.getItem("callqa_speed")); } catch { /* as above */ }
  if (SPEEDS.includes(kept)) setSpeed(kept);
  sound.onOutline = (found) => wave.setPeaks(found);
  wave.drawn.then(() => sound.outline());
})();
