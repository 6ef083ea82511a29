// The guided tour: tour.json, one step after the other. Predict, set the scene, look.
import { chapter, el } from "/page/dom.js";

export class Tour {
  constructor(place, send) {
    this.send = send;
    this.at = 0;
    this.stack = el("div", { class: "tour", "aria-live": "off" });
    this.scene = el("button", { type: "button", class: "steer main", onclick: () => this.set() }, "set the scene");
    this.previous = el("button", { type: "button", onclick: () => this.go(-1) }, "previous");
    this.next = el("button", { type: "button", onclick: () => this.go(1) }, "next");
    place.append(this.stack, el("div", { class: "tour-buttons" }, this.scene, this.previous, this.next));
  }

  async load() {
    this.steps = await (await fetch("/tour.json")).json();
    this.stack.replaceChildren(...this.steps.map((step, index) => el("article", {},
      el("h3", {}, el("small", {}, `${index + 1} of ${this.steps.length} `), step.title),
      el("p", {}, el("b", {}, "Predict: "), step.predict),
      el("div", { class: "look" }, el("span", {}, el("b", {}, "Look: "), step.look, " ",
        chapter(step.chapter, step.anchor, "The chapter"))))));
    this.go(0);
  }

  go(by) {
    this.at = Math.min(Math.max(this.at + by, 0), this.steps.length - 1);
    [...this.stack.children].forEach((article, index) => article.classList.toggle("shown", index === this.at));
    this.previous.disabled = this.at === 0;
    this.next.disabled = this.at === this.steps.length - 1;
  }

  // What the reader sees is what the step says and nothing else: it begins with a reset.
  set() {
    this.send("reset", null);
    for (const { action, value } of this.steps[this.at].set) this.send(action, value ?? null);
    this.stack.children[this.at].classList.add("set");
  }

  // A reader who does not steer cannot set a scene, and reads all of it.
  steers(you) {
    this.stack.classList.toggle("open", !you);
  }
}
