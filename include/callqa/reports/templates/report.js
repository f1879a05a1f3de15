// One sound at a time, and a word where it was removed; without scripts the players still play.
"use strict";
const players = [...document.querySelectorAll("audio")];
for (const one of players) {
  one.addEventListener("play", () => players.forEach((other) => other !== one && other.pause()));
  const gone = () => { one.hidden = true; one.nextElementSibling.hidden = false; };
  one.addEventListener("error", gone);
  if (one.error) gone();
}
for (const button of document.querySelectorAll("[data-both]")) {
  const [first, second] = button.closest("article").querySelectorAll("audio");
  button.hidden = !(first && second);
  button.addEventListener("click", () => {
    first.currentTime = second.currentTime = 0;
    first.onended = () => { first.onended = null; second.play(); };
    first.play();
  });
}
