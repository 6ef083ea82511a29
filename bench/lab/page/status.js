// What is the matter with the lab, in one place that stays in sight; and what was refused.
import { el, write } from "/page/dom.js";

const ROUNDS = "One stage at a time, half a second each, in random order: about two and a half seconds a round.";
const TOGETHER = "All four stages are loaded at the same time and take each other's CPU: compare them with care.";
const HAPPENS = { frozen: "The upstream is frozen, for this round.", killed: "The upstream is killed, for this round." };

export class Status {
  constructor(send) {
    this.place = document.querySelector(".status");
    this.calm = document.getElementById("calm");
    this.banners = document.getElementById("banners");
    this.goOn = document.getElementById("go_on");
    this.pause = document.getElementById("pause");
    this.refusal = document.getElementById("refusal");
    this.goOn.addEventListener("click", () => send("pause", false));
    this.pause.addEventListener("click", () => send("pause", !this.state.paused));
    this.steering = true;
    this.open = false;
  }

  show(state = this.state) {
    this.state = state;
    const happens = this.happens();
    const key = happens.join("|");
    if (key !== this.shown) this.banners.replaceChildren(...happens.map((words) => el("span", {}, words)));
    this.shown = key;
    this.calm.hidden = happens.length > 0;
    write(this.calm, state?.all_at_once ? TOGETHER : ROUNDS);
    this.goOn.hidden = !this.open || !state?.paused;
    write(this.pause, state?.paused ? "go on" : "pause");
    this.place.classList.toggle("noted", happens.length > 0);
    this.place.classList.toggle("wrong", !this.open || (state && state.upstream.state !== "runs"));
  }

  happens() {
    if (!this.open) return [this.state ? "The connection to the lab is lost. The page tries again every second." : "Connecting to the lab."];
    const words = [];
    if (this.state?.paused) words.push(`${this.state.paused.replace(/^p/, "P")}.`);
    if (this.state && this.state.upstream.state !== "runs") words.push(HAPPENS[this.state.upstream.state]);
    if (!this.steering) words.push("Another reader steers this lab. You see what happens.");
    return words;
  }

  refuse(words) {
    const close = el("button", { type: "button", onclick: () => this.accept() }, "close");
    this.refusal.replaceChildren(el("span", {}, `Refused: ${words}`), close);
  }

  accept() {
    this.refusal.replaceChildren();
  }
}
