// report_page.mjs MODULES CHROMIUM CHECK PAGE RECORDING [OTHER]: what a person sees of a report, in
// a browser, held to what the recording says, which is read here and not by msgstat. CHECK is a
// function below. Prints what is wrong, a line each, and ends with 1 when there is something.
import { createRequire } from 'node:module';
import { readFileSync, statSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [modules, chromium, check, page_file, recording_file, other] = process.argv.slice(2);
const playwright = createRequire(modules + '/')('playwright-core');
const recording = JSON.parse(readFileSync(recording_file, 'utf8'));

const faults = [];
function expect(holds, fault) {
  if (!holds) faults.push(fault);
}
function expectNear(seen, wanted, what, relative = 2e-3) {
  const near = Math.abs(seen - wanted) <= relative * Math.max(Math.abs(wanted), 1e-9);
  expect(near, `${what}: shown ${seen}, the recording says ${wanted}`);
}
const number = (text) => Number.parseFloat(text.replaceAll(',', ''));
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const sum = (values) => values.reduce((total, value) => total + value, 0);

// Groups of runs: label and arm; of each the repeats, with bare and measured windows.
function groups() {
  const all = new Map();
  for (const run of recording.runs) {
    const name = run.arm ? `${run.label}, ${run.arm}` : run.label;
    if (!all.has(name)) all.set(name, { name, label: run.label, arm: run.arm, repeats: new Map() });
    const repeats = all.get(name).repeats;
    if (!repeats.has(run.repeat)) repeats.set(run.repeat, { bare: [], measured: [] });
    repeats.get(run.repeat)[run.window.measured ? 'measured' : 'bare'].push(run);
  }
  for (const group of all.values()) {
    group.repeats = [...group.repeats].sort((a, b) => a[0] - b[0]).map(([, repeat]) => repeat);
    const bare = group.repeats.some((repeat) => repeat.bare.length > 0);
    group.quiet = group.repeats.map((repeat) => (bare ? repeat.bare : repeat.measured));
    group.measured = group.repeats.map((repeat) => repeat.measured);
  }
  // As they were asked for: the first arm is what the others are compared with.
  const asked = (recording.arms ?? []).map((arm) => arm.name);
  const labels = [...new Set(recording.runs.map((run) => run.label))];
  return [...all.values()].sort((a, b) => labels.indexOf(a.label) - labels.indexOf(b.label) ||
    asked.indexOf(a.arm) - asked.indexOf(b.arm));
}
// Two arms of one label, each with more than one run, so that they can be compared.
function pairs() {
  const all = groups().filter((group) => group.repeats.length > 1);
  return all.flatMap((a, i) => all.slice(i + 1).filter((b) => b.label === a.label)
    .map((b) => [a, b]));
}
const units = (windows) => sum(windows.map((run) => run.unit.count));
const rate = (windows) => units(windows) / sum(windows.map((run) => run.window.seconds));
const perUnit = (windows, of) => sum(windows.map(of)) / units(windows);
const calls = (run, name) => run.syscalls[name]?.calls ?? 0;
const latency = (windows, percentile) =>
  perUnit(windows, (run) => run.latency_us[percentile] * run.unit.count);

// The rows of the first or only table of a section, by their first cell; of several, the nth.
async function table(page, section, nth = 0) {
  return await page.locator(`#${section} figure table, #${section} > .scroll table`).nth(nth)
    .evaluate((element) => {
      const heads = [...element.querySelectorAll('thead th')].map((cell) => cell.textContent);
      return [...element.querySelectorAll('tbody tr')].map((row) =>
        Object.fromEntries([...row.cells].map((cell, i) => [heads[i], cell.textContent])));
    });
}
const row = (rows, name) => rows.find((one) => one[''] === name) ?? {};

// What was drawn, with the words that a pointer gets to see.
async function marks(page, section, selector) {
  return await page.locator(`#${section} svg ${selector}`).evaluateAll((elements) =>
    elements.map((element) => ({
      hint: element.querySelector('title')?.textContent ?? '',
      x: Number(element.getAttribute('x') ?? element.getAttribute('cx')),
      y: Number(element.getAttribute('y') ?? element.getAttribute('cy')),
      width: Number(element.getAttribute('width')),
    })));
}

async function open(options = {}) {
  const browser = await playwright.chromium.launch({
    executablePath: chromium,
    args: process.getuid() === 0 ? ['--no-sandbox'] : [],
  });
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const url = pathToFileURL(page_file).href;
  const files = [url, other && pathToFileURL(other).href];
  page.on('console', (message) =>
    expect(!['error', 'warning'].includes(message.type()), `console: ${message.text()}`));
  page.on('pageerror', (error) => faults.push(`error in the page: ${error}`));
  page.on('request', (request) => expect(files.includes(request.url()), `asks for ${request.url()}`));
  await page.goto(url);
  return { browser, page };
}

async function checkThroughput(page) {
  const rows = await table(page, 'throughput');
  const dots = await marks(page, 'throughput', 'circle.run');
  const all = groups();
  expect(dots.length === sum(all.map((group) => group.quiet.length)), `${dots.length} dots`);
  for (const group of all) {
    const rates = group.quiet.map(rate);
    expectNear(number(row(rows, group.name).mean ?? ''), mean(rates), `throughput of ${group.name}`);
    const own = dots.filter((dot) => dot.hint.startsWith(`${group.name}, run `));
    expect(own.length === rates.length, `${own.length} dots of ${group.name}`);
    own.forEach((dot, i) =>
      expectNear(number(dot.hint.slice(dot.hint.lastIndexOf(': ') + 2)), rates[i], dot.hint));
  }
  // Places are linear in the values, from one zero.
  const values = dots.map((dot) => number(dot.hint.slice(dot.hint.lastIndexOf(': ') + 2)));
  const most = values.indexOf(Math.max(...values));
  for (let i = 0; i < dots.length; ++i) {
    const expected = 200 + ((dots[most].x - 200) * values[i]) / values[most];
    expect(Math.abs(dots[i].x - expected) < 1, `${dots[i].hint} is drawn at ${dots[i].x}`);
  }
}

async function checkSyscalls(page) {
  const rows = await table(page, 'syscalls');
  const bars = await marks(page, 'syscalls', 'rect.call');
  const scales = [];
  for (const group of groups()) {
    const shown = row(rows, group.name);
    const names = new Set(group.measured.flat().flatMap((run) => Object.keys(run.syscalls)));
    let all = 0;
    for (const name of names) {
      const wanted = mean(group.measured.map((windows) => perUnit(windows, (run) => calls(run, name))));
      all += wanted;
      if (name in shown) expectNear(number(shown[name]), wanted, `${name} of ${group.name}`);
      const bar = bars.find((one) => one.hint.startsWith(`${group.name}: ${name} `));
      if (wanted > 0.5) expect(bar, `${name} of ${group.name} is not drawn`);
      if (bar) scales.push({ scale: (bar.width + 1) / wanted, width: bar.width });
    }
    expectNear(number(shown.all ?? ''), all, `system calls of ${group.name}`);
  }
  const widest = scales.reduce((a, b) => (b.width > a.width ? b : a));
  for (const { scale, width } of scales)
    expect(Math.abs(scale / widest.scale - 1) < 1.5 / width, 'bars are not in proportion');
}

async function checkLatency(page) {
  const rows = await table(page, 'latency');
  const knots = await marks(page, 'latency', 'circle.knot');
  const percentiles = ['p50', 'p90', 'p99', 'p99.9'];
  for (const group of groups())
    for (const percentile of percentiles) {
      const wanted = mean(group.quiet.map((windows) => latency(windows, percentile)));
      const what = `${percentile} of ${group.name}`;
      expectNear(number(row(rows, group.name)[percentile] ?? ''), wanted, what);
      const own = knots.filter((knot) => knot.hint.startsWith(`${group.name}, ${percentile}: `));
      expect(own.length === 1, `${what} is drawn ${own.length} times`);
    }
}

async function checkArms(page) {
  const dots = await marks(page, 'arms', 'circle.run');
  const drawn = {};
  for (const [i, [a, b]] of pairs().entries()) {
    const rows = await table(page, 'arms', i);
    const points = (group) =>
      group.measured.map((windows) => perUnit(windows, (run) => calls(run, 'recvfrom')));
    const logs = (group) => mean(points(group).map(Math.log));
    expectNear(number(row(rows, 'recvfrom/msg').ratio ?? ''), Math.exp(logs(b) - logs(a)),
      `ratio of recvfrom/msg of ${a.label}`, 6e-3);
    const rates = (group) => mean(group.quiet.map(rate).map(Math.log));
    expectNear(number(row(rows, 'messages/s').ratio ?? ''), Math.exp(rates(b) - rates(a)),
      `ratio of messages/s of ${a.label}`, 6e-3);
    for (const group of [a, b])
      drawn[group.arm] = (drawn[group.arm] ?? 0) + group.repeats.length;
  }
  for (const [arm, wanted] of Object.entries(drawn)) {
    const own = dots.filter((dot) => dot.hint.startsWith(`messages/s, ${arm}, run `));
    expect(own.length === wanted, `${own.length} dots of messages/s in ${arm}`);
  }
}

async function checkBudget(page) {
  const rows = await table(page, 'budget');
  for (const group of groups())
    for (const [label, field] of [['user', 'user_s'], ['kernel', 'system_s']])
      expectNear(number(row(rows, group.name)[label] ?? ''),
        mean(group.quiet.map((windows) => 1e6 * perUnit(windows, (run) => run.cpu[field]))),
        `${field} of ${group.name}`);
  if (!recording.runs.some((run) => run.sched)) return;
  const awake = await table(page, 'budget', 1);
  const asleep = await table(page, 'budget', 2);
  const us = (group, of) => mean(group.measured.map((windows) => perUnit(windows, of) / 1e3));
  const inCall = (name, part) => (run) =>
    sum(run.sched.calls_time.filter((call) => call.name === name).map((call) => call[part]));
  for (const group of groups()) {
    const shown = row(awake, group.name);
    expectNear(number(shown.user), us(group, (run) => run.sched.total.user_ns), 'user time');
    expectNear(number(shown['waiting for a CPU']), us(group, (run) => run.sched.total.runnable_ns),
      'time waiting for a CPU');
    expectNear(number(shown.futex), us(group, inCall('futex', 'kernel_ns')), 'time in futex');
    expectNear(number(row(asleep, group.name).recvfrom),
      us(group, inCall('recvfrom', 'blocked_ns')), 'time asleep in recvfrom');
  }
}

async function checkHandOffs(page) {
  const drawn = groups().filter((group) => group.measured.flat().some((run) => run.futex));
  for (const [i, group] of drawn.entries()) {
    const { words } = group.measured.flat().find((run) => run.futex).futex;
    const wanted = sum(words.map((word) => word.hand_offs));
    const rows = await table(page, 'hand-offs', i);
    for (const side of ['wakes', 'is woken'])
      expectNear(sum(rows.map((one) => (one[side] ? number(one[side]) : 0))), wanted,
        `hand-offs of ${group.name}, ${side}`);
    const text = await page.locator('#hand-offs figure').nth(i).textContent();
    expect(text.includes(words[0].lock), `the lock ${words[0].lock} is not named`);
  }
}

// Everything that is written in a picture lies inside of it, and on nothing else that is written.
async function checkLayout(page) {
  const faults_here = await page.evaluate(() => {
    const wrong = [];
    for (const svg of document.querySelectorAll('svg[role=img]')) {
      const frame = svg.viewBox.baseVal;
      const texts = [...svg.querySelectorAll('text')].map((element) => ({
        shown: element.lastChild.textContent, box: element.getBBox(),
      }));
      for (const { shown, box } of texts)
        if (box.x < -1 || box.x + box.width > frame.width + 1 || box.y < -2 ||
            box.y + box.height > frame.height + 2)
          wrong.push(`${svg.getAttribute('aria-label').slice(0, 30)}: "${shown}" is cut off`);
      for (let i = 0; i < texts.length; ++i)
        for (let j = i + 1; j < texts.length; ++j) {
          const a = texts[i].box;
          const b = texts[j].box;
          const across = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
          const down = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
          if (across > 1 && down > 6)
            wrong.push(`${svg.getAttribute('aria-label').slice(0, 30)}: "${texts[i].shown}" and ` +
              `"${texts[j].shown}" are on each other`);
        }
    }
    if (document.scrollingElement.scrollWidth > window.innerWidth)
      wrong.push(`the page is wider than the window of ${window.innerWidth}`);
    return wrong;
  });
  faults.push(...faults_here);
}

// WCAG 2, relative luminance and contrast.
async function checkContrast(page, scheme) {
  const low = await page.evaluate(() => {
    const channels = (color) => color.match(/[\d.]+/g).slice(0, 3).map(Number);
    const luminance = (color) => {
      const [r, g, b] = channels(color).map((value) => {
        const share = value / 255;
        return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const contrast = (a, b) => {
      const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
      return (high + 0.05) / (low + 0.05);
    };
    const page_color = getComputedStyle(document.body).backgroundColor;
    const wrong = [];
    const look = (selector, property, least) => {
      for (const element of document.querySelectorAll(selector)) {
        const ratio = contrast(getComputedStyle(element)[property], page_color);
        if (ratio < least) wrong.push(`${selector}: contrast ${ratio.toFixed(2)}`);
      }
    };
    look('p, h1, h2, h3, h4, td, th, li, dt, dd, nav a', 'color', 4.5);
    look('svg text:not(.on)', 'fill', 4.5);
    look('line.arm-0, line.arm-1, path.arm-0, path.arm-1', 'stroke', 3);
    return [...new Set(wrong)];
  });
  for (const fault of low) faults.push(`${scheme}: ${fault}`);
}

const checks = {
  async numbers() {
    const { browser, page } = await open();
    expect((await page.locator('code').first().textContent()).includes('bench'), 'no command');
    await checkThroughput(page);
    await checkSyscalls(page);
    await checkLatency(page);
    await checkBudget(page);
    if (pairs().length > 0) await checkArms(page);
    else expect((await page.locator('#arms .absent').count()) === 1, 'arms are not said absent');
    if (recording.runs.some((run) => run.futex)) await checkHandOffs(page);
    else expect((await page.locator('#hand-offs .absent').count()) === 1, 'hand-offs are not absent');
    await checkLayout(page);
    await browser.close();
  },

  async reading() {
    const { browser, page } = await open({ viewport: { width: 1280, height: 900 } });
    const light = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await checkContrast(page, 'light');
    await page.emulateMedia({ colorScheme: 'dark' });
    const dark = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    expect(light !== dark, 'it is as light in the dark');
    await checkContrast(page, 'dark');
    // By keyboard: past the navigation, into a table that was closed.
    await page.keyboard.press('Tab');
    const first = await page.evaluate(() => document.activeElement.className);
    expect(first === 'skip', `the first stop is "${first}"`);
    await page.keyboard.press('Enter');
    let opened = false;
    for (let i = 0; i < 60 && !opened; ++i) {
      await page.keyboard.press('Tab');
      if (await page.evaluate(() => document.activeElement.tagName === 'SUMMARY')) {
        await page.keyboard.press('Enter');
        opened = await page.evaluate(() => document.activeElement.parentElement.open);
      }
    }
    expect(opened, 'no table can be opened by keyboard');
    const unnamed = await page.locator('svg[role=img]:not([aria-label])').count();
    expect(unnamed === 0, `${unnamed} pictures have no text`);
    const figures = await page.locator('main figure').count();
    expect(figures > 0 && figures === (await page.locator('main figure details table').count()),
      'a figure has no numbers');
    for (const width of [390, 820, 1280, 1920]) {
      await page.setViewportSize({ width, height: 900 });
      await checkLayout(page);
    }
    // Printed: light, without what is for the screen, with the numbers.
    await page.emulateMedia({ media: 'print' });
    expect(!(await page.locator('nav').isVisible()), 'the navigation is printed');
    expect(await page.locator('figure details table').last().isVisible(), 'numbers are not printed');
    await page.pdf({ path: other, format: 'A4' });
    expect(statSync(other).size > 20_000, 'the print is empty');
    expect(readFileSync(other).subarray(0, 5).toString() === '%PDF-', 'the print is no PDF');
    await browser.close();
  },

  // Every string of the recording has markup and control characters in it. `other`: the page of the
  // same recording without them.
  async hostile() {
    const { browser, page } = await open();
    const shape = async () => await page.evaluate(() => {
      const tags = {};
      for (const element of document.querySelectorAll('*'))
        tags[element.tagName] = (tags[element.tagName] ?? 0) + 1;
      return tags;
    });
    const evil = await shape();
    expect(!(await page.evaluate(() => 'taken' in window)), 'a script of the recording ran');
    const handlers = await page.evaluate(() =>
      [...document.querySelectorAll('*')].flatMap((element) => [...element.attributes])
        .filter((one) => one.name.startsWith('on') || /javascript:/i.test(one.value)).length);
    expect(handlers === 0, `${handlers} attributes that run`);
    const text = await page.evaluate(() => document.body.textContent);
    expect(text.includes('<script>window.taken'), 'the name is not shown as it is');
    expect(text.includes('\\x1b[2J'), 'a control character is not shown by its code');
    expect(!/[\u0000-\u0008\u000b\u000e-\u001f\u202e]/.test(text), 'a control character is there');
    await page.goto(pathToFileURL(other).href);
    for (const tag of ['SCRIPT', 'B', 'IMG', 'A', 'LINK', 'IFRAME', 'STYLE', 'META', 'FIGURE', 'H2'])
      expect((evil[tag] ?? 0) === ((await shape())[tag] ?? 0), `the page has other ${tag}`);
    expect(!evil.SCRIPT, 'there is a script');
    await browser.close();
  },

  async without_scripts() {
    const with_scripts = await open();
    const text = await with_scripts.page.locator('main').innerText();
    await with_scripts.browser.close();
    const { browser, page } = await open({ javaScriptEnabled: false });
    expect((await page.locator('main').innerText()) === text, 'it says less without scripts');
    await browser.close();
  },
};

await checks[check]();
for (const fault of faults) console.log(fault);
process.exit(faults.length > 0 ? 1 : 0);
