// One stage: what it does, live.
import { Chart } from "/page/chart.js";
import { chapter, digits, el, milliseconds, write } from "/page/dom.js";
import { Ledger } from "/page/ledger.js";
import { Options } from "/page/options.js";
import { explains } from "/page/stages.js";

const FACTS = [
  ["p50", "latency", "p50", "ms", (slice) => milliseconds(slice.p50_us)],
  ["p99", "latency", "p99", "ms", (slice) => milliseconds(slice.p99_us)],
  ["cpu", "cpu", "CPU a request", "µs", (slice) => slice.cpu_us],
  ["threads", "threads", "threads", "running", (slice) => slice.threads],
  ["clients", "clients", "clients", "open", (slice) => slice.clients_open],
  ["upstream", "upstream", "upstream", "open", (slice) => slice.upstream_open],
];
const COUNTS = ["threads", "clients", "upstream"];

const HARMLESS = ["pool_stale", "retries"]; // A stage copes with those by itself.

export class Lane {
  constructor(stage, send) {
    const { number } = stage;
    this.stage = stage;
    this.rate = el("strong", {}, "–");
    this.values = {};
    this.ledger = new Ledger(number);
    this.options = new Options(number, send);
    this.words = el("p", {}, "Not measured yet.");
    this.again = el("button", { type: "button", class: "steer main", hidden: true, onclick: () => send("start", number) }, "start again");
    this.note = el("div", { class: "note" }, this.words, this.again);
    const colour = `--stage-${number}`;
    this.charts = [new Chart("rate", colour, "requests a second"), new Chart("p99", colour, "p99")];
    const head = el("div", { class: "head" }, el("h2", {}, stage.title));
    head.insertAdjacentHTML("beforeend", stage.pictogram);
    head.append(el("p", {}, stage.idea));
    this.element = el("article", { class: "lane", id: `stage${number}`, tabindex: "-1", style: `--stage: ${stage.colour}`, "aria-label": stage.title },
      head,
      el("div", { class: "rate" }, this.rate,
        el("span", { class: "label" }, chapter(...explains("rate", number), "requests/s")),
        el("span", { class: "now", title: "filled: the lane that was measured last" })),
      el("dl", { class: "facts" }, ...FACTS.map((fact) => this.fact(fact))),
      this.ledger.element,
      el("div", { class: "charts" },
        el("div", { class: "label" }, el("span", {}, "requests/s"), el("span", {}, "last two minutes")), this.charts[0].element,
        el("div", { class: "label" }, el("span", {}, "p99")), this.charts[1].element),
      this.note, ...this.options.elements);
    // What is out of sight is drawn when it comes into sight.
    new IntersectionObserver(([place]) => {
      this.seen = place.isIntersecting;
      this.draw();
    }).observe(this.charts[0].element.parentElement);
  }

  fact([name, chapterOf, label, unit]) {
    this.values[name] = el("span", {}, "–");
    return el("div", {},
      el("dt", {}, chapter(...explains(chapterOf, this.stage.number), label)),
      el("dd", {}, this.values[name], " ", el("small", {}, unit)));
  }

  begin(history) {
    this.slice = undefined;
    for (const chart of this.charts) chart.clear();
    history.forEach((slice) => this.add(slice));
  }

  add(slice) {
    this.charts[0].add(slice.at, slice.requests_per_second);
    this.charts[1].add(slice.at, milliseconds(slice.p99_us));
    this.slice = slice;
  }

  // `state` is the lab's, as it last said.
  show(state, idleAnswered) {
    if (idleAnswered != null) this.idleAnswered = idleAnswered;
    this.tell(state);
    if (!this.slice) return;
    const { slice } = this;
    write(this.rate, digits(slice.requests_per_second));
    for (const [name, , , , value] of FACTS) {
      const found = value(slice);
      write(this.values[name], COUNTS.includes(name) ? found.toLocaleString("en") : digits(found));
    }
    this.element.classList.toggle("silent", !slice.answered);
    this.ledger.show(slice, state.load);
    this.draw();
  }

  draw() {
    if (this.seen && !document.hidden) for (const chart of this.charts) chart.draw();
  }

  // How it goes, in words: ended, or what went wrong in the last slice.
  tell(state) {
    const { end } = state.stages[this.stage.number];
    const { errors = {}, causes = {} } = this.slice ?? {};
    const lines = end ? [`This stage has ended: ${end}.`] : [...counted(errors), ...counted(causes)];
    const wrong = Object.keys({ ...errors, ...causes }).some((cause) => !HARMLESS.includes(cause));
    if (!end && state.idle) lines.unshift(`Of 64 idle clients, ${this.idleAnswered ?? 0} have their reply.`);
    if (!lines.length) lines.push(this.slice ? "No errors." : "Not measured yet.");
    write(this.words, lines.join("\n"));
    this.note.classList.toggle("wrong", Boolean(end) || wrong || (state.idle && !this.idleAnswered));
    this.again.hidden = !end;
  }
}

// The lane is the target: its address need not be said again.
function counted(causes) {
  return Object.entries(causes)
    .map(([cause, count]) => `${count.toLocaleString("en")} × ${cause.replace(/^127\.0\.0\.1:\d+: /, "")}`);
}
