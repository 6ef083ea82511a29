// What one would type to start a stage, and its options: each takes an idea out of it, or puts it back.
import { el, write } from "/page/dom.js";

const WORDS = { "--max-requests 0": "0 (no limit)", "--max-in-flight 0": "0 (no limit)" };

export class Options {
  constructor(stage, send) {
    this.stage = stage;
    this.send = send;
    this.selects = {};
    this.fields = el("fieldset", { class: "steer options" }, el("legend", { class: "away" }, `Options of stage ${stage}`));
    this.code = el("code", {});
    this.copy = el("button", { type: "button", onclick: () => this.copyCommand(), "aria-label": `Copy the command of stage ${stage}` }, "copy");
    this.elements = [el("div", { class: "command" }, this.code, this.copy), this.fields];
  }

  // `choices` are the server's: option, values (the default is the last) and stages.
  build(choices) {
    const legend = this.fields.firstChild;
    this.selects = {};
    const labels = Object.entries(choices)
      .filter(([, choice]) => choice.stages.includes(this.stage))
      .map(([name, choice]) => this.select(name, choice));
    if (!labels.length) labels.push(el("p", { class: "hint" }, "It has no idea to take out."));
    this.fields.replaceChildren(legend, ...labels);
  }

  select(name, { option, values }) {
    const change = (event) => this.send("option", { stage: this.stage, name, value: event.target.value });
    const made = el("select", { name, onchange: change },
      ...values.map((value) => el("option", { value }, WORDS[`${option} ${value}`] ?? value)));
    this.selects[name] = made;
    return el("label", {}, option, made);
  }

  show({ options, command }) {
    for (const [name, value] of Object.entries(options)) this.selects[name].value = value;
    write(this.code, command);
  }

  async copyCommand() {
    const done = await copied(this.code);
    write(this.copy, done ? "copied" : "select it");
    setTimeout(() => write(this.copy, "copy"), 1500);
  }
}

// The clipboard is there only over HTTPS and on this machine; elsewhere the words are selected and copied.
async function copied(element) {
  try {
    await navigator.clipboard.writeText(element.textContent);
    return true;
  } catch {
    getSelection().selectAllChildren(element);
    return document.execCommand("copy");
  }
}
