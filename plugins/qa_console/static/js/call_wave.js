// The waveform of a call: wavesurfer.js draws and plays it, a lane a channel, with an axis, what is under the pointer, and the
// whole call in small where one has zoomed in. Findings are its regions, above the lanes. Turns in the speaker's colour with the
// mood below them, events and silenced spans lie in a layer of our own within it: an hour has a thousand of them, and each
// region measures the page at every zoom (seconds, for so many). Peaks come from the server: nothing is decoded here.
"use strict";

(() => {
  const { WaveSurfer } = window;
  const MARKS = 13, EVENTS = 8, AXIS = 16, LANE = 40, ONLY_LANE = 58, LANES = 80, LEAST_LANE = 24;
  const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];
  const LABEL = 66;  // pixels of the axis that a label takes
  const LEAST_SPAN = 4, MOST_ZOOM = 60;  // seconds that are seen at least, and by how much an hour is stretched at most
  const MARK = 5;

  const clock = (seconds) => {
    const whole = Math.max(0, Math.floor(seconds + 1e-6));
    const two = (n) => String(n).padStart(2, "0");
    const hours = Math.floor(whole / 3600);
    const minutes = Math.floor(whole / 60) % 60;
    return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
  };

  // Bytes of base64, scaled so that a quiet channel can be read too.
  const outline = (text) => {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    const loud = Uint8Array.from(bytes).sort()[Math.floor(bytes.length * 0.995)] || 1;
    return Float32Array.from(bytes, (b) => Math.min(1, (b / Math.max(loud, 24)) ** 0.8));
  };

  // Of a turn; where both are on one channel, as what was said told it.
  const role = (turn) => (turn[6] === "agent" || turn[6] === "customer" ? `role-${turn[6]}` : "quiet");

  class Wave {
    constructor(box, small, about) {
      Object.assign(this, { box, small, about, step: 0, pointer: 0 });
      this.seconds = Math.max(0.1, about.seconds);
      this.audio = new Audio();
      this.audio.preload = "auto";
      const count = about.lanes.length;
      this.lane = count === 1 ? ONLY_LANE : count === 2 ? LANE : Math.max(LEAST_LANE, LANES / count);
      this.regions = WaveSurfer.Regions.create();
      this.surfer = WaveSurfer.create({
        container: box, media: this.audio, duration: this.seconds, peaks: about.lanes.map(() => [0, 0]), splitChannels: this.colours(),
        height: this.lane, barWidth: 2, barGap: 1, barRadius: 1, barHeight: 0.84, maxPeak: 1, cursorWidth: 2, cursorColor: "var(--text)",
        autoCenter: false, hideScrollbar: true, dragToSeek: { debounceTime: 0 }, cspNonce: window.callqa.nonce,
        plugins: [this.regions, this.hover()],
      });
      // wavesurfer keeps a time asked for during a seek until the sound is ready, and forgets it when the seek before tells of
      // itself; the element takes it at once, so that what is kept is where it stands.
      const setTime = this.surfer.setTime.bind(this.surfer);
      this.surfer.setTime = (time) => {
        if (this.audio.readyState > 0) this.audio.currentTime = time;
        setTime(time);
      };
      box.addEventListener("pointermove", (event) => { this.pointer = event.clientY - box.getBoundingClientRect().top; }, true);
      box.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
      document.addEventListener("callqa:theme", () => this.paint());
      this.surfer.on("resize", () => { this.axis(); this.overview(); });
      this.drawn = new Promise((done) => this.surfer.once("ready", () => {
        this.mark();
        this.axis();
        this.surfer.setTime(about.start);
        done();
      }));
    }

    // The outline takes the place of the flat line; where one is, and what is loaded to be played, stay.
    async setPeaks(found) {
      await this.drawn;
      const at = this.surfer.getCurrentTime();
      await this.surfer.load(this.audio.src, found.channels.map(outline), this.seconds);
      if (Math.abs(this.surfer.getCurrentTime() - at) > 0.05) this.surfer.setTime(at);
    }

    // --- colours: what wavesurfer paints on a canvas has values, all else the page's own properties

    colours() {
      return this.about.lanes.map((lane) => {
        const told = lane.role === "agent" || lane.role === "customer";
        const colour = window.callqa.colour(told ? `role-${lane.role}` : "quiet");
        return { waveColor: colour, progressColor: colour };
      });
    }

    paint() {
      this.surfer.setOptions({ splitChannels: this.colours() });
      this.forget();
      this.overview();
    }

    // --- regions

    mark() {
      const { turns, silent, events, marks } = this.about;
      this.layer = document.createElement("div");
      Object.assign(this.layer.style, { position: "absolute", inset: "0", pointerEvents: "none" });
      this.surfer.getWrapper().prepend(this.layer);
      for (const turn of turns) this.turn(turn);
      for (const one of silent) this.put(one[1], one[2], this.inLane(one[0]), { background: "repeating-linear-gradient(135deg, var(--quiet-solid) 0 1px, var(--sunken) 1px 6px)", minWidth: "3px" });
      for (const one of events) this.event(one);
      for (const one of marks) this.finding(one);
    }

    put(start, end, place, style) {
      const one = document.createElement("div"), share = (seconds) => `${(100 * seconds) / this.seconds}%`;
      Object.assign(one.style, { position: "absolute", left: share(start), width: share(end - start), borderRadius: "2px" }, place, style);
      this.layer.append(one);
    }

    inLane(channel) {
      return { top: `${MARKS + channel * this.lane + 1}px`, height: `${this.lane - 3}px` };
    }

    turn(turn) {
      const [, channel, start, end, mood, announced] = turn;
      const background = `var(--${announced ? "quiet" : role(turn)}-tint)`;
      this.put(start, end, this.inLane(channel), { background, boxShadow: `inset 0 -3px 0 var(--emotion-${mood})`, borderRadius: "3px", minWidth: "2px" });
    }

    event([, start, end, kind]) {
      const place = { top: `${MARKS + this.about.lanes.length * this.lane + 2}px`, height: "4px" };
      this.put(start, end, place, { background: `var(--${kind === "silence" ? "line-strong" : "info-solid"})`, minWidth: "3px" });
    }

    finding([start, , severity]) {
      const region = this.regions.addRegion({ start, end: start, drag: false, resize: false, color: "transparent" });
      Object.assign(region.element.style, {
        top: "1px", height: "9px", width: `${2 * MARK}px`, marginLeft: `-${MARK}px`, border: "0", borderRadius: "0", transition: "none",
        background: `var(--${severity === "info" ? "quiet" : severity}-solid)`, clipPath: "polygon(0 0, 100% 0, 50% 100%)", cursor: "pointer",
      });
      region.on("click", (event) => {
        event.stopPropagation();
        this.surfer.setTime(start);
      });
    }

    // --- what is under the pointer, in words

    hover() {
      return WaveSurfer.Hover.create({ lineColor: "var(--faint)", formatTimeCallback: (time) => this.words(time) });
    }

    words(time) {
      const { marks, silent, events, lanes } = this.about;
      const slack = (MARK + 1) / this.rate();
      const inside = ([channel, start, end]) => channel === lane && time >= start && time <= end;
      const lane = Math.min(lanes.length - 1, Math.max(0, Math.floor((this.pointer - MARKS) / this.lane)));
      const mark = this.pointer < MARKS ? marks.findLast(([start]) => Math.abs(time - start) <= slack) : null;
      if (mark) return `${clock(mark[0])}  ${mark[4]}`;
      const hidden = silent.find(inside), event = events.find(inside);
      const words = hidden ? `${hidden[3]}, ${this.about.words.hidden}` : event ? event[4] : "";
      return words ? `${clock(time)}  ${words}` : clock(time);
    }

    // --- zoom: pixels a second; 0 is the whole call

    rate() {
      return Math.max(this.surfer.options.minPxPerSec, this.surfer.getWidth() / this.seconds);
    }

    zoom(factor, around = this.surfer.getCurrentTime()) {
      const wide = this.surfer.getWidth(), whole = wide / this.seconds, before = this.rate();
      const most = wide / Math.min(this.seconds, Math.max(LEAST_SPAN, this.seconds / MOST_ZOOM));
      const rate = Math.min(most, before * factor);
      const left = around * before - this.surfer.getScroll();
      this.noAxis();  // else it draws its old times at the new scale first
      this.surfer.zoom(rate <= whole * 1.01 ? 0 : rate);
      this.surfer.setScroll(around * this.rate() - (left >= 0 && left <= wide ? left : wide / 2));
      this.axis();
      this.overview();
    }

    wheel(event) {
      const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY);
      if (!event.ctrlKey && !event.metaKey && !sideways) return;  // the page scrolls
      event.preventDefault();
      if (sideways) {
        this.surfer.setScroll(this.surfer.getScroll() + event.deltaX);
        return;
      }
      const x = event.clientX - this.box.getBoundingClientRect().left;
      this.zoom(event.deltaY > 0 ? 0.8 : 1.25, (this.surfer.getScroll() + x) / this.rate());
    }

    // Times below the lanes, as many as there is room for.
    axis() {
      const step = STEPS.find((one) => one * this.rate() >= LABEL) ?? STEPS.at(-1);
      if (this.timeline && step === this.step) return;
      this.noAxis();
      this.step = step;
      this.timeline = this.surfer.registerPlugin(WaveSurfer.Timeline.create({
        height: AXIS, timeInterval: step, primaryLabelInterval: step, formatTimeCallback: (time) => this.label(time), style: { fontSize: "10px", marginTop: `${EVENTS}px` },
      }));
    }

    noAxis() {
      if (this.timeline) this.surfer.unregisterPlugin(this.timeline);
      this.timeline = null;
    }

    // Empty where there is no room for it before the end.
    label(time) {
      return (this.seconds - time) * this.rate() < LABEL / 2 ? "" : clock(time);
    }

    // The whole call in small, where only a part of it is seen.
    overview() {
      const part = this.rate() * this.seconds > this.surfer.getWidth() + 1;
      if (part === Boolean(this.minimap)) return;
      this.small.hidden = !part;
      if (!part) this.forget();
      else this.minimap = this.surfer.registerPlugin(WaveSurfer.Minimap.create({
        container: this.small, height: 22, barWidth: 1, barGap: 1, cursorWidth: 1, cursorColor: "var(--text)", overlayColor: "var(--overview)",
        waveColor: window.callqa.colour("quiet-solid"), progressColor: window.callqa.colour("quiet"), cspNonce: window.callqa.nonce,
      }));
    }

    forget() {
      if (this.minimap) this.surfer.unregisterPlugin(this.minimap);
      this.minimap = null;
    }
  }

  window.callqaWave = { Wave, clock };
})();
