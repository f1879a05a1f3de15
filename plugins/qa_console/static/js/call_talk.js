// The transcript goes along with the sound: the turn and the word that are heard are marked, and kept in sight.
"use strict";

(() => {
  const BEFORE = 0.2;

  class Talk {
    constructor(list, player, isFollowed) {
      this.player = player;
      this.isFollowed = isFollowed;
      this.turn = null;
      this.word = null;
      this.turns = [...(list?.querySelectorAll(".turn") ?? [])].map((element) => ({
        element, start: Number(element.dataset.s), end: Number(element.dataset.e),
        words: [...element.querySelectorAll(".w")], at: null,
      }));
    }

    follow(time) {
      const turn = this.turnAt(time);
      if (turn !== this.turn) {
        this.turn?.element.classList.remove("now");
        turn?.element.classList.add("now");
        this.turn = turn;
        if (turn && this.isFollowed()) this.reveal(turn.element);
      }
      const word = turn ? this.wordAt(turn, time) : null;
      if (word !== this.word) {
        this.word?.classList.remove("now");
        word?.classList.add("now");
        this.word = word;
      }
    }

    // Of turns that overlap the one that began last.
    turnAt(time) {
      return this.turns.findLast((turn) => turn.start <= time + 0.02 && time < turn.end + 0.1) ?? null;
    }

    wordAt(turn, time) {
      turn.at ??= turn.words.map((word) => Number(word.dataset.s));
      const next = turn.at.findIndex((start) => start > time + 0.02);
      return turn.words[(next < 0 ? turn.words.length : next) - 1] ?? null;
    }

    reveal(element) {
      const { top, bottom } = element.getBoundingClientRect();
      const covered = getComputedStyle(this.player).position === "sticky" ? this.player.getBoundingClientRect().bottom : 0;
      if (top >= covered + 8 && bottom <= window.innerHeight - 40) return;
      if (covered) element.style.scrollMarginTop = `${covered + 12}px`;  // the player is taller where one has zoomed in
      element.scrollIntoView({ block: "start" });
    }

    // Where evidence begins that a button leads to: a part of a long turn at its first word.
    startOf(button) {
      const { t, turn } = button.dataset;
      const words = turn === undefined ? [] : this.turns.find((one) => one.element.dataset.turn === turn)?.words ?? [];
      const said = button.querySelector(".clip")?.textContent.split(", ")[0].replace(/\s/g, "");
      const place = said ? words.map((word) => word.textContent).join("").replace(/\s/g, "").indexOf(said) : 0;
      let passed = 0;
      const word = place > 0 && words.find((one) => (passed += one.textContent.replace(/\s/g, "").length) > place);
      return Math.max(0, Number(word ? word.dataset.s : t) - BEFORE);
    }
  }

  window.callqaTalk = { Talk, BEFORE };
})();
