// Where a call's sound comes from: its outline with the page, its bytes when somebody presses play (that is what the audit
// trail has), under an address that lives for a while and is then asked for again. wavesurfer plays them.
"use strict";

(() => {
  const told = document.documentElement.dataset;

  const json = async (response) => {
    const answer = await response.json().catch(() => ({}));
    return response.ok ? answer : { state: "failed", message: answer.detail ?? told.failed, remedy: answer.remedy };
  };
  const unreachable = () => ({ state: "failed", message: told.unreachable });

  class Sound {
    constructor(box, about, audio) {
      Object.assign(this, { box, about, audio });
      this.waiting = document.getElementById("waiting");
      this.why = document.getElementById("why");
      this.asked = null;
      this.loaded = false;
      this.born = 0;
      this.life = 0;
      this.onOutline = () => {};
    }

    // The outline; asked again until the copy is there.
    async outline() {
      const slow = setTimeout(() => this.tell({ state: "working", share: 0 }), 250);
      const answer = await this.until(async () => {
        const found = await fetch(this.about.sound, { headers: { accept: "application/json" } }).then(json, unreachable);
        clearTimeout(slow);
        return found;
      });
      if (answer.state === "ready") this.onOutline(answer);
      this.box.dataset.outline = answer.state;
    }

    // Resolves when the sound can be played; asks for another address where the last one is about to end.
    ready() {
      const lived = (performance.now() - this.born) / 1000;
      if (!this.asked || lived > this.life - 30) {
        this.born = performance.now();
        this.life = Infinity;
        this.asked = this.listen().catch((error) => { this.asked = null; throw error; });
      }
      return this.asked;
    }

    async listen() {
      const answer = await this.until(() => window.callqa.change(this.about.listen).then(json, unreachable));
      if (answer.state !== "ready") throw new Error("no sound");
      this.life = answer.seconds;
      const loaded = new Promise((done, failed) => {
        this.audio.addEventListener("loadedmetadata", done, { once: true });
        this.audio.addEventListener("error", () => failed(new Error("no sound")), { once: true });
      });
      this.audio.src = answer.url;
      this.audio.load();
      await loaded;
      this.loaded = true;
    }

    forget() {
      this.asked = null;
      this.loaded = false;
    }

    async until(ask) {
      for (;;) {
        const answer = await ask();
        this.tell(answer);
        if (answer.state !== "working") return answer;
        await new Promise((done) => setTimeout(done, 400));
      }
    }

    tell(answer) {
      const [text, bar] = this.waiting.children;
      this.waiting.hidden = answer.state === "ready";
      this.waiting.classList.toggle("bad", answer.state === "failed");
      this.waiting.querySelector("button")?.remove();
      this.why.textContent = [answer.message, answer.remedy].filter(Boolean).join(": ");
      this.why.hidden = !this.why.textContent;
      bar.hidden = answer.state !== "working";
      if (answer.share) bar.value = answer.share;
      else bar.removeAttribute("value");
      if (answer.state !== "ready") text.textContent = answer.state === "failed" ? this.about.words.gone : this.about.words.preparing;
      if (answer.state === "failed") this.waiting.append(this.again());
    }

    again() {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "small";
      button.textContent = this.about.words.again;
      button.addEventListener("click", () => this.outline());
      return button;
    }
  }

  window.callqaSound = { Sound };
})();
