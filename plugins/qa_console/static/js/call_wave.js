// The waveform of a call on a canvas: a lane a channel with its turns in the speaker's colour and the mood below them,
// findings above, events and silenced spans in between, seconds at the bottom. Own drawing and no library: what is drawn
// besides the wave is most of it, and one canvas shows an hour as fast as a minute.
"use strict";

(() => {
  const MARKS = 12, EVENTS = 9, AXIS = 16, GAP = 3, BAR = 3;
  const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];
  const LEAST_SPAN = 4;

  const clock = (seconds) => {
    const whole = Math.max(0, Math.floor(seconds));
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

  class Wave {
    constructor(box, about) {
      this.box = box;
      this.canvas = box.querySelector("canvas");
      this.about = about;
      this.seconds = Math.max(0.1, about.seconds);
      this.from = 0;
      this.span = this.seconds;
      this.time = about.start;
      this.hover = null;
      this.peaks = null;
      box.classList.toggle("single", about.lanes.length === 1);
      new ResizeObserver(() => this.draw()).observe(box);
      document.addEventListener("callqa:theme", () => { this.colours = null; this.draw(); });
      window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { this.colours = null; this.draw(); });
    }

    setPeaks(found) {
      this.peaks = { rate: found.rate, lanes: found.channels.map(outline) };
      this.draw();
    }

    timeAt(x) {
      return Math.min(this.seconds, Math.max(0, this.from + (x / this.box.clientWidth) * this.span));
    }

    zoom(factor, around = this.time) {
      const span = Math.min(this.seconds, Math.max(LEAST_SPAN, this.span * factor));
      const share = (around - this.from) / this.span;
      this.span = span;
      this.moveTo(around - share * span);
    }

    moveTo(from) {
      this.from = Math.min(this.seconds - this.span, Math.max(0, from));
      this.draw();
    }

    // Keep the playing second in sight.
    show(time) {
      this.time = time;
      if (time < this.from || time > this.from + this.span * 0.96) this.from = Math.min(this.seconds - this.span, Math.max(0, time - this.span * 0.08));
      this.draw();
    }

    // What is drawn at a place, in words.
    at(x, y) {
      const time = this.timeAt(x);
      const slack = (4 / this.box.clientWidth) * this.span;
      if (y < MARKS) {
        const mark = this.about.marks.findLast(([start, end]) => time >= start - slack && time <= Math.max(end, start + 2 * slack));
        if (mark) return { time: mark[0], text: `${clock(mark[0])}  ${mark[4]}` };
      }
      const lane = this.laneAt(y);
      const hidden = this.about.silent.find(([channel, start, end]) => channel === lane && time >= start && time <= end);
      const event = this.about.events.find(([channel, start, end]) => channel === lane && time >= start && time <= end);
      const words = hidden ? `${hidden[3]}, ${this.about.words.hidden}` : event ? event[4] : "";
      return { time, text: words ? `${clock(time)}  ${words}` : clock(time) };
    }

    laneAt(y) {
      const { top, height } = this.lanes();
      return Math.min(this.about.lanes.length - 1, Math.max(0, Math.floor((y - top) / (height + GAP))));
    }

    lanes() {
      const count = this.about.lanes.length;
      const inside = this.box.clientHeight - MARKS - EVENTS - AXIS - 3;
      return { top: MARKS + 1, height: (inside - GAP * (count - 1)) / count };
    }

    colour(name) {
      this.colours ??= {};
      this.colours[name] ??= window.callqa.colour(name);
      return this.colours[name];
    }

    draw() {
      if (this.waiting) return;
      this.waiting = requestAnimationFrame(() => { this.waiting = 0; this.paint(); });
    }

    paint() {
      const ratio = window.devicePixelRatio || 1;
      const width = this.box.clientWidth, height = this.box.clientHeight;
      if (!width) return;
      if (this.canvas.width !== Math.round(width * ratio) || this.canvas.height !== Math.round(height * ratio)) {
        this.canvas.width = Math.round(width * ratio);
        this.canvas.height = Math.round(height * ratio);
      }
      const c = this.canvas.getContext("2d");
      c.setTransform(ratio, 0, 0, ratio, 0, 0);
      c.clearRect(0, 0, width, height);
      const x = (time) => ((time - this.from) / this.span) * width;
      const { top, height: tall } = this.lanes();
      this.about.lanes.forEach((_, number) => this.paintLane(c, x, number, top + number * (tall + GAP), tall, width));
      this.paintEvents(c, x, height - AXIS - EVENTS);
      this.paintMarks(c, x);
      this.paintAxis(c, x, height, width);
      this.paintLine(c, x(this.time), height, this.colour("text"), 1.5);
      if (this.hover !== null) this.paintLine(c, x(this.hover), height, this.colour("faint"), 1);
      this.canvas.dataset.painted = "true";
    }

    // Of a turn; where both are on one channel, as what was said told it.
    role(turn) {
      return turn[6] === "agent" || turn[6] === "customer" ? `role-${turn[6]}` : "quiet";
    }

    paintLane(c, x, number, top, tall, width) {
      for (const turn of this.about.turns) {
        const [, channel, start, end, mood, announced] = turn;
        if (channel !== number || x(end) < 0 || x(start) > width) continue;
        const left = x(start), wide = Math.max(2, x(end) - left);
        c.fillStyle = this.colour(announced ? "quiet-tint" : `${this.role(turn)}-tint`);
        c.beginPath();
        c.roundRect(left, top, wide, tall, 3);
        c.fill();
        c.fillStyle = this.colour(`emotion-${mood}`);
        c.fillRect(left, top + tall - 3, wide, 3);
      }
      if (this.peaks) this.paintPeaks(c, number, top, tall - 4, width);
      for (const [channel, start, end] of this.about.silent) if (channel === number) this.paintSilent(c, x(start), x(end), top, tall);
    }

    paintPeaks(c, number, top, tall, width) {
      const peaks = this.peaks.lanes[number], rate = this.peaks.rate;
      if (!peaks) return;
      const turns = this.about.turns.filter((turn) => turn[1] === number);
      const middle = top + tall / 2;
      let turn = 0;
      for (let left = 0; left < width; left += BAR) {
        const start = this.from + (left / width) * this.span, end = this.from + ((left + BAR) / width) * this.span;
        let most = 0;
        const last = Math.min(peaks.length - 1, Math.ceil(end * rate) - 1);
        for (let place = Math.max(0, Math.floor(start * rate)); place <= last; place++) if (peaks[place] > most) most = peaks[place];
        while (turn < turns.length && turns[turn][3] < start) turn++;
        const inside = turn < turns.length && turns[turn][2] <= end;
        const half = Math.max(0.5, (most * tall) / 2);
        c.fillStyle = this.colour(inside ? this.role(turns[turn]) : "quiet-solid");
        c.globalAlpha = end <= this.time ? 1 : 0.6;
        c.fillRect(left, middle - half, BAR - 1, half * 2);
      }
      c.globalAlpha = 1;
    }

    paintSilent(c, left, right, top, tall) {
      c.save();
      c.beginPath();
      c.roundRect(left, top, Math.max(3, right - left), tall, 3);
      c.clip();
      c.fillStyle = this.colour("sunken");
      c.fill();
      c.strokeStyle = this.colour("quiet-solid");
      c.lineWidth = 1;
      for (let at = left - tall; at < right; at += 6) {
        c.beginPath();
        c.moveTo(at, top + tall);
        c.lineTo(at + tall, top);
        c.stroke();
      }
      c.restore();
    }

    paintEvents(c, x, top) {
      for (const [, start, end, kind] of this.about.events) {
        c.fillStyle = this.colour(kind === "silence" ? "line-strong" : "info-solid");
        c.beginPath();
        c.roundRect(x(start), top + 3, Math.max(3, x(end) - x(start)), 4, 2);
        c.fill();
      }
    }

    paintMarks(c, x) {
      for (const [start, , severity] of this.about.marks) {
        const at = x(start);
        c.fillStyle = this.colour(severity === "info" ? "quiet-solid" : `${severity}-solid`);
        c.beginPath();
        c.moveTo(at - 4, 1);
        c.lineTo(at + 4, 1);
        c.lineTo(at, 9);
        c.fill();
      }
    }

    paintAxis(c, x, height, width) {
      const step = STEPS.find((one) => (one / this.span) * width >= 70) ?? 3600;
      c.fillStyle = this.colour("faint");
      c.font = `10px ${getComputedStyle(this.box).fontFamily}`;
      c.textBaseline = "bottom";
      for (let time = Math.ceil(this.from / step) * step; time <= this.from + this.span; time += step) {
        const text = clock(time);
        const wide = c.measureText(text).width;
        c.fillText(text, Math.min(width - wide, Math.max(0, x(time) - wide / 2)), height - 1);
      }
    }

    paintLine(c, at, height, colour, wide) {
      c.fillStyle = colour;
      c.fillRect(at - wide / 2, 0, wide, height - AXIS);
    }
  }

  window.callqaWave = { Wave, clock };
})();
