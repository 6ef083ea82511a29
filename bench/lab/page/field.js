// A number with a slider: drag roughly, or type exactly. The server says what is allowed.
import { el } from "/page/dom.js";

const STEPS = 100;

export class Field {
  constructor({ label, unit = "", least, most, log = false }, changed) {
    this.least = least;
    this.most = most;
    this.log = log;
    this.slider = el("input", { type: "range", min: 0, max: STEPS, step: 1, "aria-label": `${label}, roughly` });
    this.number = el("input", { type: "number", min: least, max: most, step: 1, "aria-label": `${label}, exactly${unit ? `, ${unit}` : ""}` });
    this.element = el("div", { class: "field" }, el("span", {}, label), this.slider, this.number, el("span", { class: "unit" }, unit));
    this.slider.addEventListener("input", () => {
      this.moving = true;
      this.number.value = this.at(Number(this.slider.value));
    });
    const settle = (event) => {
      this.moving = false;
      if (this.number.value !== "") changed(Number(this.number.value));
      else this.show(this.value);
      event.stopPropagation();
    };
    this.slider.addEventListener("change", settle);
    this.number.addEventListener("input", () => (this.moving = true));
    this.number.addEventListener("change", settle);
    this.number.addEventListener("blur", () => {
      this.moving = false;
      this.show(this.value);
    });
  }

  // The value at a place of the slider; in two digits if the scale is logarithmic.
  at(place) {
    const part = place / STEPS;
    if (part === 1) return this.most;
    if (!this.log) return Math.round(this.least + part * (this.most - this.least));
    const value = (this.least + 1) * this.span() ** part - 1;
    return Math.max(this.least, Math.round(Number(value.toPrecision(2))));
  }

  place(value) {
    const part = this.log
      ? Math.log((value + 1) / (this.least + 1)) / Math.log(this.span())
      : (value - this.least) / (this.most - this.least);
    return Math.round(part * STEPS);
  }

  span() {
    return (this.most + 1) / (this.least + 1);
  }

  show(value) {
    this.value = value;
    if (this.moving || value == null) return; // What a reader is changing stays theirs.
    this.number.value = value;
    this.slider.value = this.place(value);
  }

  set disabled(disabled) {
    this.slider.disabled = this.number.disabled = disabled;
  }
}
