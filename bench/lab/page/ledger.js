// What a request costs in connections, threads and writes, beside what the chapter predicts.
import { chapter, el, write } from "/page/dom.js";
import { LEDGER, explains } from "/page/stages.js";

const LONGEST = 1.25; // A request, at the end of the track.
const NEAR = 0.15;
const ENOUGH = 20; // Requests in a slice: with fewer, these numbers say nothing.

export class Ledger {
  constructor(stage) {
    this.rows = LEDGER.map((entry) => this.row(entry, entry.predicted[stage - 1]));
    this.element = el("div", { class: "ledger" },
      el("h3", {}, chapter(...explains("ledger", stage), "The ledger"), ", a request; the mark: predicted"),
      ...this.rows.map((row) => row.element));
  }

  row(entry, predicted) {
    const bar = el("div", { class: "bar" });
    const value = el("output", {}, "–");
    const mark = predicted === "<1"
      ? el("div", { class: "below", style: `width: ${100 / LONGEST}%` })
      : el("div", { class: "mark", style: `left: ${(100 * predicted) / LONGEST}%` });
    const says = predicted === "<1" ? "less than 1" : predicted === 0 ? "~0" : String(predicted);
    const element = el("div", { class: "row" },
      el("span", {}, chapter(...entry.chapter, entry.label)),
      el("div", { class: "track", title: `predicted ${says} a request` }, bar, mark),
      value,
      el("span", { class: "word" }, `predicted ${says}`));
    return { ...entry, predicted, element, bar, value };
  }

  show(slice, load) {
    for (const row of this.rows) {
      const found = slice.requests < ENOUGH ? null : slice.ledger[row.name];
      write(row.value, found == null ? "–" : found.toFixed(2));
      row.bar.style.transform = `scaleX(${Math.min((found ?? 0) / LONGEST, 1)})`;
      row.element.classList.toggle("off", found != null && differs(row, found, slice, load));
    }
  }
}

// Each slice opens its clients' connections once, and they dial once: that is no fault of the stage.
function differs({ name, predicted }, found, slice, load) {
  if (predicted === "<1") return found > 0.99;
  const opened = load.connection === "reuse" || name === "dials" ? load.clients / slice.requests : 0;
  if (predicted === 0) return found > NEAR + 1.2 * opened;
  return Math.abs(found - predicted) > NEAR;
}
