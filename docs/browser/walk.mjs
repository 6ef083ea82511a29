// Reads the built site as a visitor does: `node walk.mjs SITE`, SITE being the folder of index.html.
//
// In light and dark, at a desk's width and a phone's, it walks from Start through all chapters by the
// links at their ends, and looks at the pages beside them. Every page has to load without an error and
// without a request that leaves the folder, show no image of no size, and fit the width of the window.
// The search has to find every chapter and every class, and the page of each word that readers look for.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const site = resolve(process.argv[2]);
const address = (page) => pathToFileURL(join(site, page)).href;
const widths = { desk: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } };
const found = []; // What is wrong.

// Everything that a page does which it should not is written down, with the page's address.
async function watched(browser, colorScheme, width) {
  const context = await browser.newContext({ colorScheme, viewport: widths[width] });
  const page = await context.newPage();
  const note = (words) => found.push(`${colorScheme}, ${width}, ${page.url()}: ${words}`);
  page.on('console', (message) => message.type() === 'error' && note(`console: ${message.text()}`));
  page.on('pageerror', (error) => note(error.message));
  page.on('requestfailed', (request) => note(`failed: ${request.url()}`));
  page.on('request', (request) => {
    if (!/^(file|data|about|javascript):/.test(request.url())) note(`leaves: ${request.url()}`);
  });
  return { page, note };
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
    if (code.querySelectorAll('.line').length > 40)
      texts.push(`more than 40 lines of code: ${code.textContent.slice(0, 60)}`);
  return texts;
}

async function look({ page, note }, colorScheme) {
  await page.waitForLoadState('networkidle');
  for (const words of await page.evaluate(flaws)) note(words);
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
    await hit.waitFor({ timeout: 5000 }).catch(() => note(`the search does not find ${word} ${file ?? ''}`));
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
  ['keepalive probes', 'stage3'], ['--pool-max-idle', 'stage2'], ['EADDRNOTAVAIL', 'trap_time_wait']];

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
