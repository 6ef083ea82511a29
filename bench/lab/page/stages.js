// What the tutorial says of each stage: its idea, its prediction, and the chapters that explain a number.

const LADDER = [
  ["naive", "A thread and two connections a request.", "new", "new", 5],
  ["+ pool", "Upstream connections are lent.", "new", "kept", 5],
  ["+ kept clients", "Clients keep their connection, and its thread.", "kept", "kept", 5],
  ["+ pipelining", "Few threads; requests share the way up.", "kept", "kept", 2],
];

export const STAGES = LADDER.map(([name, idea, client, upstream, threads], index) => ({
  number: index + 1,
  title: `${index + 1} ${name}`,
  idea,
  pictogram: pictogram(client, upstream, threads),
  colour: `var(--stage-${index + 1})`,
}));

// Client, gateway and upstream: dashed if a connection is made for each request.
function pictogram(client, upstream, threads) {
  let bars = "";
  for (let i = 0; i < threads; ++i) {
    bars += `<rect class="g-thread" x="${66 + i * 7}" y="14" width="4" height="20" rx="2"/>`;
  }
  return (
    '<svg viewBox="0 0 160 48" aria-hidden="true">' +
    `<path class="g-${client}" d="M20 24H58"/><path class="g-${upstream}" d="M104 24H140"/>` +
    '<circle class="g-peer" cx="14" cy="24" r="7"/>' +
    '<rect class="g-gateway" x="58" y="6" width="46" height="36" rx="6"/>' +
    `${bars}<circle class="g-peer" cx="147" cy="24" r="7"/></svg>`
  );
}

// The ledger, each a request. "<1" is less than one.
export const LEDGER = [
  { name: "accepted", label: "accepted", predicted: [1, 1, 0, 0], chapter: ["stage3.html", "stage3_three"] },
  { name: "threads", label: "threads started", predicted: [1, 1, 0, 0], chapter: ["stage1.html", "stage1_stacks"] },
  { name: "dials", label: "dialled", predicted: [1, 0, 0, 0], chapter: ["stage2.html", "stage2_problem"] },
  { name: "writes", label: "written upstream", predicted: [1, 1, 1, "<1"], chapter: ["stage4.html", "stage4_pipeline"] },
];

// Those of a lane's other numbers; the first value is for all stages, or one for each.
const CHAPTERS = {
  latency: ["measuring.html", "measuring_percentiles"],
  cpu: ["measuring.html", "measuring_counts"],
  threads: [["stage1.html", "stage1_stacks"], ["stage1.html", "stage1_stacks"], ["stage3.html", "stage3_limits"], ["stage4.html", "stage4_work"]],
  clients: ["stage3.html", "stage3_three"],
  upstream: ["stage2.html", "stage2_core"],
};

export function explains(what, stage) {
  if (what === "rate") return [`stage${stage}.html`, `stage${stage}_result`];
  if (what === "ledger") return [`stage${stage}.html`, `stage${stage}_prediction`];
  const found = CHAPTERS[what];
  return Array.isArray(found[0]) ? found[stage - 1] : found;
}
