// What was done, and what the stages said, the newest first.
import { el } from "/page/dom.js";

const LINES = 200;

export class Log {
  constructor(list) {
    this.list = list;
  }

  begin(entries) {
    this.list.replaceChildren(...entries.map(line).reverse());
  }

  add(entry) {
    this.list.prepend(line(entry));
    while (this.list.childElementCount > LINES) this.list.lastElementChild.remove();
  }
}

function line({ at, stage, words }) {
  const time = new Date(at * 1000).toLocaleTimeString("en-GB");
  return el("li", { style: stage ? `--stage: var(--stage-${stage})` : null },
    el("time", {}, time), el("b", {}, stage ? `stage ${stage}` : "lab"), el("span", {}, words));
}
