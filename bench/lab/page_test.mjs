// Tries the lab's page as a reader would: `node page_test.mjs [--save FILE] COMMAND…` starts the lab by
// its command, which prints its address. What a control does is counted in what the lab saves.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const PATIENCE_MS = 90_000;
const here = dirname(fileURLToPath(import.meta.url));
const words = process.argv.slice(2);
const picture = words.includes('--save') ? words.splice(words.indexOf('--save'), 2)[1] : undefined;
const lab = spawn(words[0], words.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] });
process.on('exit', () => lab.kill('SIGKILL'));
const ended = new Promise((resolve) => lab.on('exit', resolve));
const lines = createInterface(lab.stdout)[Symbol.asyncIterator]();
const address = (await lines.next()).value;
assert.match(address ?? '', /^http:\/\/127\.0\.0\.1:\d+\/$/, 'the lab prints its address');

const wrong = []; // What a page should not do.
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});

async function open(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1400, height: 1000 }, ...options });
  const page = await context.newPage();
  page.on('console', (message) => message.type() === 'error' && wrong.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => wrong.push(error.message));
  page.on('request', (request) => {
    if (!request.url().replace(/^ws/, 'http').startsWith(address)) wrong.push(`leaves: ${request.url()}`);
  });
  await page.goto(address);
  return page;
}

async function until(what, holds) {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const saved = await (await fetch(`${address}lab.json`)).json();
    const last = Object.fromEntries(
      Object.entries(saved.history).map(([stage, slices]) => [stage, slices.at(-1)]));
    if (Object.values(last).every(Boolean) && holds(last, saved)) return saved;
    assert(Date.now() < end, `${what}: ${JSON.stringify(saved).slice(-3000)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const every = (last, holds) => Object.values(last).every(holds);
const answers = (slice) => slice.answered > 0;
const clean = (slice) => answers(slice) && Object.keys(slice.errors).length === 0;
const isReset = (last, saved) =>
  every(last, clean) && saved.load.clients === 50 && saved.load.loop === 'closed' &&
  saved.load.connection === 'reuse' && !saved.idle && !saved.slow && saved.upstream.delay_ms === 0 &&
  Object.values(saved.stages).every((stage) => /^\.\/run stage \d$/.test(stage.command));
const says = (slice, words) => Object.keys(slice.errors).some((cause) => words.test(cause));
const struck = ({ log, history }, words) => Object.values(history).every((slices) => slices.some((slice) =>
  says(slice, words) && slice.at > log.findLast((entry) => entry.words.endsWith('for one round'))?.at));

// What each step of the tour brings about, in its order.
const SCENES = [
  (last) => every(last, clean) && last[1].ledger.dials === 1 && last[2].ledger.dials < 0.5 &&
    last[3].ledger.accepted < 0.5 && last[3].ledger.writes === 1 && last[4].ledger.writes < 1,
  (last) => every(last, (slice) => answers(slice) && slice.ledger.accepted > 0.9),
  (last, saved) => every(last, answers) && saved.load.loop === 'open' && saved.load.rate === 3000,
  (last) => every(last, answers) && last[3].ledger.accepted === 1 && last[4].ledger.accepted === 1,
  (last, saved) => last[4].answered === 0 && [1, 2, 3].every((stage) => answers(last[stage])) &&
    saved.stages[3].idle_answered === 64 && saved.stages[4].idle_answered < 64,
  (last) => every(last, answers) && last[2].upstream_open === 1 && last[3].upstream_open === 1,
  (last) => every(last, answers) && last[4].ledger.writes === 1,
  (last, saved) => struck(saved, /upstream did not reply within --request-timeout/),
];

async function tour(page) {
  const steps = await (await fetch(`${address}tour.json`)).json();
  assert.equal(steps.length, SCENES.length);
  for (const [index, step] of steps.entries()) {
    await page.getByRole('button', { name: 'set the scene' }).click();
    await until(`step ${index + 1}`, SCENES[index]);
    assert(await page.getByText(step.look.slice(0, 40)).isVisible(), `step ${index + 1} says where to look`);
    if (step.title.includes('literal')) {
      await page.locator('#stage4 select[name=worker]').selectOption('event');
      await until('event workers answer', (last, saved) => every(last, answers) && saved.stages[4].idle_answered === 64);
    }
    if (index + 1 < steps.length) await page.getByRole('button', { name: 'next' }).click();
  }
  const { log } = await until('all recover', (last) => every(last, clean));
  const fault = log.findLastIndex(({ words }) => words.includes('is frozen'));
  assert(!log.slice(fault).some(({ words }) => words.startsWith('$ ')), 'and none is started anew');
}

async function controls(page) {
  const exactly = async (label, value) => {
    const field = page.getByLabel(`${label}, exactly`);
    await field.fill(String(value));
    await field.press('Enter');
  };
  await page.getByRole('button', { name: 'reset everything' }).click();
  await until('reset', isReset);
  await exactly('clients', 7);
  await exactly('pipeline depth', 4);
  await exactly('value size', 1000);
  await exactly('share of GET', 50);
  await until('the load is what was typed', (last, { load }) =>
    load.clients === 7 && load.depth === 4 && load.value_size === 1000 && load.get_percent === 50);
  await exactly('clients', 5000);
  await page.getByRole('alert').getByText('Refused: clients: 1 to 2,000, not 5000').waitFor();
  await exactly('slow upstream', 10);
  await until('every reply is late', (last) => every(last, (slice) => answers(slice) && slice.p50_us >= 10_000));
  await page.getByLabel('open loop').check();
  await exactly('rate', 200);
  await page.getByLabel('all at once').check();
  await until('all at once', (last, saved) => saved.all_at_once && every(last, answers));
  await page.getByRole('button', { name: 'burst' }).click();
  await until('the burst is told', (last, { log }) =>
    log.filter(({ words }) => words.startsWith('a burst of')).length === 4);
  await page.getByLabel('slow readers').check();
  await until('slow readers', (last, saved) => saved.slow && every(last, answers));
  await page.getByRole('button', { name: 'reset everything' }).click();
  await until('reset again', isReset);
  await page.getByRole('button', { name: 'kill upstream' }).click();
  await until('a dead upstream', (last, saved) => struck(saved, /-ERR upstream c/));
  await until('and back', (last) => every(last, clean));
  await page.getByRole('button', { name: 'pause', exact: true }).click();
  await page.locator('#banners').getByText('Paused.').waitFor();
  await page.locator('#go_on').click();
  await until('goes on', (last, saved) => !saved.paused);
}

// The processes that this one has started, by their names.
function children(pid) {
  const ids = readFileSync(`/proc/${pid}/task/${pid}/children`, 'ascii').trim().split(/\s+/);
  const name = (id) => { try { return readFileSync(`/proc/${id}/comm`, 'utf8').trim(); } catch { return 'ended'; } };
  return new Map(ids.map((id) => [name(id), Number(id)]));
}

async function killed(page) {
  process.kill(children(lab.pid).get('stage3_keepaliv'), 'SIGKILL');
  await page.getByText('This stage has ended: SIGKILL.').waitFor();
  await page.getByRole('button', { name: 'start again' }).click();
  await until('it is started again', (last, saved) => !saved.stages[3].end && every(last, clean));
}

async function readers(first) {
  const second = await open();
  await second.locator('#banners').getByText('Another reader steers').waitFor();
  assert(await second.getByRole('button', { name: 'kill upstream' }).isDisabled());
  await first.close();
  await second.locator('#banners').getByText('Another reader steers').waitFor({ state: 'hidden' });
  await second.getByLabel('64 idle clients').check();
  await until('the second one steers', (last, saved) => saved.idle);
  await second.getByLabel('64 idle clients').uncheck();
  await second.close();
  await until('nobody is left', (last, saved) => saved.paused.includes('nobody was watching'));
}

async function looks() {
  for (const colorScheme of ['dark', 'light'])
    for (const [name, width, height] of [['phone', 390, 844], ['desk', 1400, 1000]]) {
      const page = await open({ colorScheme, viewport: { width, height } });
      if (name === 'phone' && colorScheme === 'dark') await page.locator('#banners').getByText('Paused: nobody was watching').waitFor();
      if (await page.locator('#go_on').isVisible()) await page.locator('#go_on').click();
      const begun = Date.now() / 1000;
      await until('new numbers', (last) => every(last, (slice) => slice.at > begun + 5));
      const [inside, outside] = await page.evaluate(() =>
        [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
      assert(inside <= outside, `${name}, ${colorScheme}: wider than the window by ${inside - outside}`);
      await page.screenshot({ path: `${here}/${name}-${colorScheme}.png`, fullPage: name === 'phone' });
      await page.close();
    }
  if (picture) copyFileSync(`${here}/desk-light.png`, picture);
}

const page = await open();
await until('all four stages answer', (last) => every(last, answers));
await tour(page);
await controls(page);
await killed(page);
await readers(page);
await looks();
await browser.close();
const started = [...children(lab.pid).values()];
lab.kill('SIGINT');
assert.equal(await ended, 0, 'Ctrl-C ends the lab');
assert.deepEqual(started.filter((pid) => existsSync(`/proc/${pid}`)), [], 'and all that it has started');
assert.deepEqual(wrong, []);
console.log('The page does what it says.');
