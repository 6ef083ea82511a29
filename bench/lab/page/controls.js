// The load on every stage alike, and what breaks.
import { el } from "/page/dom.js";
import { Field } from "/page/field.js";

const FIELDS = [
  ["clients", { label: "clients", log: true }],
  ["rate", { label: "rate", unit: "req/s", log: true }],
  ["depth", { label: "pipeline depth", log: true }],
  ["value_size", { label: "value size", unit: "bytes", log: true }],
  ["get_percent", { label: "share of GET", unit: "%" }],
];

export class Controls {
  constructor(load, breaks, send) {
    this.send = send;
    this.load = load;
    this.breaks = breaks;
    for (const form of [load, breaks]) form.addEventListener("submit", (event) => event.preventDefault());
    this.buildBreaks();
  }

  build(limits) {
    const change = (name) => (value) => this.send("load", { [name]: value });
    this.fields = Object.fromEntries(FIELDS.map(([name, field]) => {
      const [least, most] = limits[name];
      return [name, new Field({ ...field, least, most }, change(name))];
    }));
    this.loop = radios("loop", [["closed", "closed loop"], ["open", "open loop, at a rate"]], (value) => this.setLoop(value));
    this.connection = radios("connection", [["reuse", "keep connections"], ["reconnect", "reconnect"]], change("connection"));
    this.together = tick("all at once", (on) => this.send("all_at_once", on));
    this.load.replaceChildren(el("fieldset", { class: "steer" }, el("legend", { class: "away" }, "The load"),
      this.loop.element, this.connection.element,
      ...Object.values(this.fields).map((field) => field.element),
      el("div", { class: "ticks" }, this.together.element,
        el("span", { class: "hint" }, "Only with a rate, and less fair: the stages take each other's CPU."))));
  }

  buildBreaks() {
    const press = (words, action) => el("button", { type: "button", class: "break", onclick: () => this.send(action, null) }, words);
    this.delay = new Field({ label: "slow upstream", unit: "ms", least: 0, most: 50 }, (value) => this.send("delay", value));
    this.idle = tick("64 idle clients", (on) => this.send("idle", on));
    this.slow = tick("slow readers", (on) => this.send("slow", on));
    this.breaks.append(el("fieldset", { class: "steer" }, el("legend", { class: "away" }, "What breaks"),
      this.delay.element,
      el("div", { class: "breaks" }, press("freeze upstream", "freeze"), press("kill upstream", "kill"),
        el("span", { class: "hint" }, "It is away for one round: every stage meets it."),
        press("burst of 1,000", "burst"),
        el("span", { class: "hint" }, "New connections at once, each for one request.")),
      el("div", { class: "ticks" },
        this.idle.element, el("span", { class: "hint" }, "Each asks once, and stays."),
        this.slow.element, el("span", { class: "hint" }, "16 that ask for much and do not read it."))));
  }

  // A closed loop cannot be all at once: that is taken back first. Until both are done, the wish is shown.
  setLoop(loop) {
    this.wished = loop;
    if (loop === "closed" && this.together.input.checked) this.send("all_at_once", false);
    this.send("load", { loop });
  }

  show({ load, all_at_once: together, idle, slow, upstream }) {
    for (const [name, field] of Object.entries(this.fields)) field.show(load[name]);
    if (load.loop === this.wished) this.wished = undefined;
    this.loop.show(this.wished ?? load.loop);
    this.connection.show(load.connection);
    this.fields.rate.disabled = this.together.input.disabled = load.loop === "closed";
    this.together.input.checked = together;
    this.delay.show(upstream.delay_ms);
    this.delay.disabled = upstream.kind !== "origin";
    this.idle.input.checked = idle;
    this.slow.input.checked = slow;
  }
}

function radios(name, choices, changed) {
  const inputs = choices.map(([value]) => el("input", { type: "radio", name, value, onchange: () => changed(value) }));
  const element = el("div", { class: "choices", role: "radiogroup", "aria-label": name },
    ...choices.map(([, words], index) => el("label", {}, inputs[index], words)));
  return { element, show: (value) => inputs.forEach((input) => (input.checked = input.value === value)) };
}

function tick(words, changed) {
  const input = el("input", { type: "checkbox", onchange: () => changed(input.checked) });
  return { input, element: el("label", { class: "tick" }, input, words) };
}
