// Reads the built site as a visitor does: `node walk.mjs SITE`, SITE being the folder of index.html.
//
// In light and dark, at a desk's width and a phone's, it walks from Start through all chapters by the
// links at their ends, and looks at the pages beside them. Every page has to load without an error and
// without a request that leaves the folder, show no image of no size, and fit the width of the window.
// Every page says what it is about, and shows a preview to whoever gets a link. The sections of a chapter
// are listed: beside the text where there is room, else folded. No name is broken within a table, and a
// drawn request can be read on a phone. The search has to find every chapter and every class, and the page
// of each word that readers look for.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const site = resolve(process.argv[2]);
const address = (page) => pathToFileURL(join(site, page)).href;
const widths = { desk: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } };
const wide = { width: 1600, height: 900 };
const LEAST_TEXT = 11; // Pixels, of the words in a drawn request on a phone.
const found = []; // What is wrong.

// Everything that a page does which it should not is written down, with the page's address.
async function watched(browser, colorScheme, width) {
  const context = await browser.newContext({ colorScheme, viewport: widths[width] ?? wide });
  const page = await context.newPage();
  const note = (words) => found.push(`${colorScheme}, ${width}, ${page.url()}: ${words}`);
  page.on('console', (message) => message.type() === 'error' && note(`console: ${message.text()}`));
  page.on('pageerror', (error) => note(error.message));
  page.on('requestfailed', (request) => note(`failed: ${request.url()}`));
  page.on('request', (request) => {
    if (!/^(file|data|about|javascript):/.test(request.url())) note(`leaves: ${request.url()}`);
  });
  return { page, note, width };
}

// Runs in the page.
function flaws() {
  const visible = (element) => element.checkVisibility() && !element.closest('details:not([open])');
  const texts = [];
  for (const image of document.querySelectorAll('img, svg, iframe.textblock, object')) {
    const { width, height } = image.getBoundingClientRect();
    if (visible(image) && !image.closest('#side-nav, #top, #nav-path') && (width < 1 || height < 1))
      texts.push(`an image of ${width} by ${height}: ${image.outerHTML.slice(0, 120)}`);
  }
  for (const image of document.querySelectorAll('.contents img'))
    if (image.complete && image.naturalWidth === 0) texts.push(`an image that is none: ${image.src}`);
  for (const box of [document.scrollingElement, document.querySelector('#doc-content')])
    if (box && box.scrollWidth > box.clientWidth + 1) {
      const wide = [...box.querySelectorAll('.contents *')].find(
        (element) => element.getBoundingClientRect().right > box.getBoundingClientRect().right + 1);
      texts.push(`wider than the window by ${box.scrollWidth - box.clientWidth}: ` +
                 `${wide ? wide.outerHTML.slice(0, 120) : box.tagName}`);
    }
  for (const code of document.querySelectorAll('.textblock .fragment'))
    if (!code.closest('.to-copy') && code.querySelectorAll('.line').length > 40)
      texts.push(`more than 40 lines of code: ${code.textContent.slice(0, 60)}`);
  return texts;
}

// Runs in the page: what its head lacks.
function unsaid() {
  const content = (name) =>
    document.querySelector(`meta[name="${name}"], meta[property="${name}"]`)?.content ?? '';
  const texts = ['description', 'og:title', 'og:description', 'og:image'].filter((name) => !content(name));
  if (/^(.*): \1$/.test(document.title)) texts.push(`another title than ${document.title}`);
  return texts.map((name) => `its head has no ${name}`);
}

// Runs in the page: names in tables that are broken within a word. A dot ends one.
function broken() {
  const texts = [];
  for (const code of document.querySelectorAll('table.markdownTable code')) {
    if (!code.checkVisibility()) continue;
    const walker = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode())
      for (const word of node.data.matchAll(/[^\s.]+/g)) {
        const range = document.createRange();
        range.setStart(node, word.index);
        range.setEnd(node, word.index + word[0].length);
        const lines = new Set([...range.getClientRects()].map((box) => Math.round(box.top)));
        if (lines.size > 1) texts.push(`broken within a word: ${code.textContent}`);
      }
  }
  return texts;
}

// Runs in the page: words of a drawn request that are smaller than so many pixels.
function small(least) {
  const texts = [];
  for (const svg of document.querySelectorAll('.drawing .phone svg')) {
    if (!svg.checkVisibility()) continue;
    const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
    for (const text of svg.querySelectorAll('text')) {
      const size = parseFloat(getComputedStyle(text).fontSize) * scale;
      if (size < least) texts.push(`${text.textContent} of ${size.toFixed(1)} pixels`);
    }
  }
  if (document.querySelector('.drawing .phone') && [...document.querySelectorAll('.drawing .desk')].some((drawing) => drawing.checkVisibility()))
    texts.push('a strip for a desk');
  return texts;
}

// Runs in the page: what is wrong with the list of its sections, which is beside the text or folded.
function list(roomy) {
  const details = document.querySelector('nav.sections details');
  if (!details) return document.querySelectorAll('.textblock h1 > a.anchor').length > 2 ? ['no list of its sections'] : [];
  const texts = [];
  if (details.open !== roomy) texts.push(`the list of its sections is ${roomy ? 'folded' : 'open'}`);
  if (!roomy) return texts;
  const box = details.getBoundingClientRect();
  if (box.right > window.innerWidth) texts.push('the list of its sections leaves the window');
  for (const element of document.querySelectorAll('.textblock > *:not(nav)')) {
    const other = element.getBoundingClientRect();
    if (other.width && other.right > box.left + 1 && other.bottom > box.top && other.top < box.bottom)
      texts.push(`the list of its sections lies on ${element.outerHTML.slice(0, 80)}`);
  }
  return texts;
}

async function look({ page, note, width }, colorScheme) {
  await page.waitForLoadState('networkidle');
  const ours = !page.url().includes('/comparison/');
  const checks = [flaws];
  if (ours) checks.push(unsaid, broken);
  for (const check of checks) for (const words of await page.evaluate(check)) note(words);
  if (ours) for (const words of await page.evaluate(list, width === 'wide')) note(words);
  if (width === 'phone') for (const words of await page.evaluate(small, LEAST_TEXT)) note(words);
  const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const bright = ground.match(/\d+/g).slice(0, 3).every((part) => Number(part) > 128);
  if (bright !== (colorScheme === 'light')) note(`its ground is ${ground}`);
}

// By the links at the ends of the chapters. The names of the pages, in their order.
async function walk(reader, colorScheme) {
  const { page } = reader;
  const pages = [];
  await page.goto(address('index.html'));
  for (;;) {
    await look(reader, colorScheme);
    pages.push(new URL(page.url()).pathname.split('/').pop());
    const onward = page.locator('.way a.after');
    if ((await onward.count()) === 0) return pages;
    await onward.click();
    await page.waitForURL((url) => !url.pathname.endsWith(pages.at(-1)));
  }
}

async function visit(reader, colorScheme, names) {
  for (const name of names) {
    await reader.page.goto(address(name));
    await look(reader, colorScheme);
  }
}

// Types each word into the search field, and expects a result with that title or on that page: for a
// word that stands for its chapter, "word: the chapter's file".
async function search({ page, note }, words) {
  await page.goto(address('index.html'));
  await page.locator('#main-menu #MSearchField').waitFor();
  for (const [word, file] of words) {
    await page.keyboard.press('/');
    await page.keyboard.type(word);
    const wanted = file ? `a[href*="/${file}"]` : 'b';
    const hit = page.locator(`#search-results ${wanted}`, file ? {} : { hasText: word }).first();
    await hit.waitFor().catch(() => note(`the search does not find ${word} ${file ?? ''}`));
    await page.keyboard.press('Escape');
  }
  // The keys alone lead to a page.
  await page.keyboard.press('/');
  await page.keyboard.type('ConnectionPool');
  await page.locator('#search-results a').first().waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => url.pathname.endsWith('ConnectionPool.html')).catch(() =>
    note('Enter does not open what the search has found'));
}

// What readers look for, and the page that explains it.
const asked = [['TIME_WAIT', 'production'], ['TIME_WAIT', 'trap_time_wait'], ['starvation', 'trap_worker_starvation'],
  ['starv', 'stage4'], ['backlog', 'trap_silent_backlog'], ['backlog', 'go_recipe'], ['Asio', 'stage4'],
  ['head-of-line', 'stage4'], ['head-of', 'glossary.html#word_head_of_line_blocking'], ['co_await', 'stage4'],
  ['keepalive probes', 'stage3'], ['SO_REUSEPORT', 'stage4'], ['--pool-max-idle', 'stage2'], ['EADDRNOTAVAIL', 'trap_time_wait']];

const titleOf = (name) =>
  readFileSync(join(site, name), 'utf8').match(/<div class="title">(.*?)<\/div>/)[1].trim();

// The names of the classes that the reference lists.
async function classes(page) {
  await page.goto(address('annotated.html'));
  await page.waitForLoadState('networkidle'); // What is left behind before it is loaded has failed.
  const links = page.locator('.directory a.el[href^="class"][href$=".html"], .directory a.el[href^="struct"][href$=".html"]');
  const names = await links.allTextContents();
  return [...new Set(names.map((name) => name.split('::').pop()))];
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});
// Where the list of sections has its place: light alone, for nothing else is different.
const roomy = await watched(browser, 'light', 'wide');
await walk(roomy, 'light');
await roomy.page.context().close();
const beside = readFileSync(join(site, 'beside.txt'), 'utf8').trim().split('\n');
let chapters = [];
let looked = 0;
let names = [];
for (const colorScheme of ['light', 'dark'])
  for (const width of Object.keys(widths)) {
    const reader = await watched(browser, colorScheme, width);
    chapters = await walk(reader, colorScheme);
    await visit(reader, colorScheme, beside);
    looked += chapters.length + beside.length;
    if (width === 'desk' && colorScheme === 'light') {
      names = [...chapters.slice(1).map(titleOf), ...(await classes(reader.page))].map((name) => [name]);
      names.push(...asked);
      await search(reader, names);
    }
    await reader.page.context().close();
    console.log(`${colorScheme}, ${width}: ${chapters.length + beside.length} pages`);
  }
await browser.close();

for (const words of [...new Set(found)]) console.error(words);
assert.ok(chapters.includes('stage4.html'), 'the way from Start does not reach Stage 4');
assert.equal(found.length, 0, 'what is wrong with the site is listed above');
console.log(`${chapters.length} chapters and ${beside.length} other pages, in light and dark, at two widths: ` +
            `${looked} pages without a flaw. The search finds ${names.length} of ${names.length} chapters, classes and words.`);
