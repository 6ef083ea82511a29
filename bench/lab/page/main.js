// The connection to the lab: what it says goes to whatever shows it, and what a reader does goes back.
import { Controls } from "/page/controls.js";
import { allowSteering, digits, el, tutorialIs, write } from "/page/dom.js";
import { Lane } from "/page/lane.js";
import { Log } from "/page/log.js";
import { STAGES } from "/page/stages.js";
import { Status } from "/page/status.js";
import { Tour } from "/page/tour.js";

const AGAIN_MS = 1000;
const find = (id) => document.getElementById(id);
let socket;
let state;

function send(action, value) {
  if (socket?.readyState !== WebSocket.OPEN) return;
  status.accept();
  socket.send(JSON.stringify({ action, value }));
}

const status = new Status(send);
const log = new Log(find("log"));
const controls = new Controls(find("load"), find("break"), send);
const tour = new Tour(find("tour"), send);
const lanes = STAGES.map((stage) => new Lane(stage, send));
const numbers = STAGES.map((stage) => el("span", {}, "–"));
find("lanes").append(...lanes.map((lane) => lane.element));
find("strip").append(...STAGES.map((stage, index) =>
  el("a", { href: `#stage${stage.number}`, style: `--stage: ${stage.colour}` }, el("small", {}, `${stage.number}, req/s`), numbers[index])));
find("reset").addEventListener("click", () => send("reset", null));

function showLane(index, idleAnswered) {
  lanes[index].show(state, idleAnswered);
  write(numbers[index], digits(lanes[index].slice?.requests_per_second));
}

function showState(changed) {
  state = changed;
  status.show(state);
  controls.show(state);
  lanes.forEach((lane, index) => {
    lane.options.show(state.stages[index + 1]);
    lane.tell(state);
  });
}

const hear = {
  welcome(message) {
    controls.build(message.limits);
    log.begin(message.log);
    tutorialIs(message.tutorial);
    lanes.forEach((lane, index) => {
      lane.options.build(message.choices);
      lane.begin(message.history[index + 1]);
    });
    showState(message);
    lanes.forEach((lane, index) => showLane(index, message.stages[index + 1].idle_answered));
  },
  state: showState,
  slice({ stage, slice, idle_answered: idleAnswered }) {
    lanes[stage - 1].add(slice);
    showLane(stage - 1, idleAnswered);
    for (const lane of lanes) lane.element.classList.toggle("latest", lane.stage.number === stage);
  },
  log: ({ entry }) => log.add(entry),
  steers({ you }) {
    status.steering = you;
    status.show();
    allowSteering(you);
    tour.steers(you);
  },
  refused({ words }) {
    status.refuse(words);
    log.add({ at: Date.now() / 1000, stage: 0, words: `refused: ${words}` });
    controls.wished = undefined;
    controls.show(state);
    lanes.forEach((lane, index) => lane.options.show(state.stages[index + 1]));
  },
};

function connect() {
  socket = new WebSocket(`ws://${location.host}/socket`);
  socket.addEventListener("message", ({ data }) => {
    const message = JSON.parse(data);
    hear[message.type](message);
  });
  socket.addEventListener("open", () => opened(true));
  socket.addEventListener("close", () => {
    opened(false);
    setTimeout(connect, AGAIN_MS);
  });
}

function opened(open) {
  status.open = open;
  status.show();
  if (!open) allowSteering(false);
}

document.addEventListener("visibilitychange", () => lanes.forEach((lane) => lane.draw()));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  for (const lane of lanes) for (const chart of lane.charts) chart.recolour();
});
if (matchMedia("(max-width: 767px)").matches) {
  for (const panel of document.querySelectorAll("details.panel")) panel.open = false;
}
await tour.load();
connect();
