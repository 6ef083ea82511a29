// The last two minutes of one number. The scale is logarithmic and the same in every lane: lanes can be compared,
// and no axis ever moves. So its labels stand beside the graph, where drawing leaves them alone.
import { el } from "/page/dom.js";

const SECONDS = 120;
const PAUSE = 15; // The line does not go on across more.
const KINDS = {
  rate: { range: [70, 200_000], ticks: [[100, "100"], [1000, "1k"], [10_000, "10k"], [100_000, "100k"]] },
  p99: { range: [0.2, 4000], ticks: [[1, "1 ms"], [30, "30 ms"], [1000, "1 s"]] },
};

export class Chart {
  constructor(kind, colour, label) {
    this.points = [];
    this.kind = KINDS[kind];
    this.colour = colour;
    this.graphed = el("div", { class: "graph" });
    this.element = el("div", { class: `chart ${kind}`, role: "img", "aria-label": `${label}, the last two minutes` },
      ...this.kind.ticks.map(([value, words]) => el("span", { style: `bottom: ${this.height(value)}%` }, words)),
      this.graphed);
  }

  height(value) {
    const [least, most] = this.kind.range;
    return (100 * Math.log(value / least)) / Math.log(most / least);
  }

  add(at, value) {
    const [least, most] = this.kind.range;
    if (at > (this.points.at(-1)?.[0] ?? at) + PAUSE) this.points.push([at - 1, null]);
    this.points.push([at, value == null ? null : Math.min(Math.max(value, least * 1.15), most / 1.15)]);
    while (this.points[0][0] < at - SECONDS) this.points.shift();
  }

  clear() {
    this.points = [];
  }

  draw() {
    const last = this.points.at(-1);
    if (!last) return;
    const changes = { file: this.points, dateWindow: [last[0] - SECONDS, last[0] + 1] };
    if (this.graph) this.graph.updateOptions(changes);
    else this.graph = new Dygraph(this.graphed, this.points, { ...this.options(), ...changes });
  }

  options() {
    const style = getComputedStyle(this.element);
    const ticks = this.kind.ticks.map(([v]) => ({ v, label: "" }));
    return {
      labels: ["at", "value"],
      colors: [style.getPropertyValue(this.colour).trim()],
      logscale: true,
      valueRange: this.kind.range,
      legend: "never",
      interactionModel: {},
      highlightCircleSize: 0,
      strokeWidth: 1.8,
      drawPoints: true,
      pointSize: 1.8,
      gridLineColor: style.getPropertyValue("--grid").trim(),
      gridLineWidth: 1,
      axes: {
        x: { drawAxis: false, drawGrid: false },
        y: { drawAxis: false, drawGrid: true, ticker: () => ticks },
      },
    };
  }

  // Light or dark has changed.
  recolour() {
    this.graph?.updateOptions(this.options());
  }
}
