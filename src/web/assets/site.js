// What the pages do beyond HTML: times that tick, a theme without a reload, and live changes that never move what is
// under the pointer. Everything here is an extra: the pages work without it.
'use strict';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

// Times. The server's clock counts, not this machine's: pages carry what it was.

let clockOffset = 0;

function readClock() {
  const main = document.getElementById('main');
  if (main?.dataset.now) clockOffset = Number(main.dataset.now) - Date.now();
}

// The page's language and its words: what is said here is written where all other words are.
const words = JSON.parse(document.querySelector('meta[name="netureon-words"]').content);
const root = document.documentElement;
/** The zone that the account asks for, else this browser's. */
const zoned = root.dataset.zone ? { timeZone: root.dataset.zone } : {};

const fill = (pattern, n) => pattern.replace('{}', n.toLocaleString(words.customs));

/** The same steps as times.ts. */
function ago(ms) {
  if (ms < MINUTE) return fill(words.ago.s, Math.max(0, Math.floor(ms / SECOND)));
  if (ms < HOUR) return fill(words.ago.min, Math.floor(ms / MINUTE));
  if (ms < 2 * DAY) return fill(words.ago.h, Math.floor(ms / HOUR));
  return fill(words.ago.days, Math.floor(ms / DAY));
}

const format = shape => new Intl.DateTimeFormat(words.customs, { ...shape, ...zoned });
const clock = format({ hour: '2-digit', minute: '2-digit' });
const seconds = format({ timeStyle: 'medium' });
const date = format({ day: 'numeric', month: 'short' });
const dateYear = format({ day: 'numeric', month: 'short', year: 'numeric' });
const exact = format({ dateStyle: 'full', timeStyle: 'long' });

function textOf(element, now) {
  const at = new Date(element.dateTime);
  const age = now - at.getTime();
  if (element.dataset.time === 'ago') return ago(age);
  const { time } = element.dataset;
  const short = (time === 'second' ? seconds : clock).format(at);
  if (time === 'clock' || dateYear.format(at) === dateYear.format(now)) return short;
  return `${(age < 300 * DAY ? date : dateYear).format(at)}, ${short}`;
}

/** The next page comes in this zone at once. */
function tellZone() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && !document.cookie.split('; ').includes(`tz=${zone}`))
    document.cookie = `tz=${zone}; path=/; max-age=31536000; samesite=lax`;
}

function showTimes(all) {
  const now = Date.now() + clockOffset;
  for (const element of document.querySelectorAll(all ? 'time[data-time]' : 'time[data-time="ago"]')) {
    const text = textOf(element, now);
    if (element.textContent !== text) element.textContent = text;
    if (all) element.title = exact.format(new Date(element.dateTime));
  }
}

// Theme: the cookie is what the server reads, so that the next page comes in the right colours at once.

function shownTheme() {
  return (
    document.documentElement.dataset.theme ??
    (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')
  );
}

document.addEventListener('submit', event => {
  if (!event.target.matches('form.theme')) return;
  event.preventDefault();
  const theme = shownTheme() === 'dark' ? 'light' : 'dark';
  document.documentElement.dataset.theme = theme;
  document.cookie = `theme=${theme}; path=/; max-age=31536000; samesite=lax`;
});

// Live changes.

let missed = 0;
/** Until then a change is taken for the echo of the reader's own, whose answer is already shown. */
let echoUntil = 0;
const ECHO_MS = 2 * SECOND;

/** Regions that somebody reads or writes in right now, those that grow by hand, and drafts keep what they show. */
function held() {
  return [...document.querySelectorAll('[data-live]')].filter(
    region =>
      region.dataset.live === 'hold' ||
      region.matches(':hover') ||
      region.contains(focused()) ||
      hasDraft(region),
  );
}

function hasDraft(region) {
  return [...region.querySelectorAll('input:not([type=hidden]), textarea')].some(
    field =>
      field.value !== field.defaultValue ||
      (field.checked ?? false) !== (field.defaultChecked ?? false) ||
      field.ariaInvalid === 'true',
  );
}

function focused() {
  const element = document.activeElement;
  return element === document.body ? null : element;
}

async function refresh(force) {
  if (document.hidden) return;
  if (force) missed = 0;
  const main = document.getElementById('main');
  const before = new Set([...main.querySelectorAll('li[id], tr[id]')].map(row => row.id));
  const answer = { source: main, target: '#main', swap: 'outerMorph' };
  refreshing = force ? 'all' : 'free';
  asked = location.pathname + location.search;
  await htmx.ajax('GET', asked, answer);
  for (const row of document.querySelectorAll('#main li[id], #main tr[id]'))
    if (!before.has(row.id)) row.classList.add('fresh');
}

/** Which regions the next refresh may touch. */
let refreshing = 'free';
/** And which page it brings: a form may have led to another one meanwhile. */
let asked = '';

// Decided when the answer is here, not when it was asked for: the pointer may have moved since.
document.addEventListener('htmx:before:swap', event => {
  const { ctx } = event.detail;
  if (ctx.sourceElement?.id !== 'main') return;
  if (asked !== location.pathname + location.search) event.preventDefault();
  if (event.defaultPrevented || refreshing === 'all') return;
  for (const region of held()) {
    region.setAttribute('hx-morph-skip', '');
    if (missed > 0) showBar(region);
  }
});

/** "3 changes, show" instead of moving things. */
function showBar(region) {
  if (region === null) return;
  let bar = region.querySelector(':scope > .stale');
  if (bar === null) {
    bar = document.createElement('div');
    bar.className = 'stale';
    const button = document.createElement('button');
    button.type = 'button';
    button.addEventListener('click', () => void refresh(true));
    bar.append(button);
    region.prepend(bar);
  }
  bar.firstChild.textContent = missed === 1 ? words.oneChange : fill(words.changes, missed);
}

document.addEventListener('netureon:change', () => {
  if (Date.now() > echoUntil) missed += 1;
  void refresh(false);
});

document.addEventListener('netureon:scan', () => {
  if (document.getElementById('status')?.matches('.status'))
    void htmx.ajax('GET', '/status', { target: '#status', swap: 'outerHTML' });
  // A first look has no status line yet: its result is a page of another shape.
  else if (document.querySelector('.first-look') !== null) void refresh(true);
});

// Answers.

const TOAST_MS = 15 * SECOND;
let toastTimer;

function settleToast() {
  const toasts = document.getElementById('toasts');
  clearTimeout(toastTimer);
  if (toasts.childElementCount === 0 || toasts.querySelector('[data-stay]') !== null) return;
  toastTimer = setTimeout(() => {
    // Not from under a pointer, nor from under a finger on the keyboard.
    if (toasts.matches(':hover') || toasts.contains(focused())) settleToast();
    else toasts.replaceChildren();
  }, TOAST_MS);
}

document.addEventListener('htmx:before:request', event => {
  // The change may be heard of before its answer is here.
  if (event.detail.ctx.request.method === 'POST') echoUntil = Date.now() + 10 * ECHO_MS;
});

document.addEventListener('htmx:after:swap', event => {
  for (const region of document.querySelectorAll('[hx-morph-skip]')) region.removeAttribute('hx-morph-skip');
  // Times and what they are measured by may be new.
  const status = document.getElementById('status');
  if (status?.dataset.now) clockOffset = Number(status.dataset.now) - Date.now();
  else readClock();
  showTimes(true);
  settleToast();
  // What has to be looked at is not folded away.
  for (const fold of document.querySelectorAll('details:has([aria-invalid="true"])')) fold.open = true;
  const { ctx } = event.detail;
  if (ctx?.request?.method === 'POST') {
    echoUntil = Date.now() + ECHO_MS;
    showPage(ctx);
  }
  if (ctx?.sourceElement?.id === 'filters') showAddress(ctx.request.action);
  const next = document.getElementById('review-device');
  // The next one of a queue: keys decide about it, nothing is typed into its name, and Undo waits for its own key.
  if (ctx?.request?.method === 'POST' && next !== null) {
    // What was typed as the name of the one before is none of this one's.
    document.getElementById('review-form')?.reset();
    (document.querySelector('#review-name[aria-invalid="true"]') ?? next).focus();
  }
  // The pressed button is gone: the reader goes on from the toast.
  else if (ctx?.request?.method === 'POST' && (focused() === null || isReview()))
    ((isReview() ? null : document.querySelector('#toasts button')) ?? document.getElementById('main')).focus(
      {
        preventScroll: true,
      },
    );
});

/** After the last of a queue the place of the form is empty, and the reader is at the page, not at Undo. */
function isReview() {
  return location.pathname === '/review';
}

document.addEventListener('htmx:error', () => {
  document
    .getElementById('toasts')
    .replaceChildren(document.getElementById('offline').content.cloneNode(true));
  settleToast();
});

/** A form that led to another page: the address says so, or the next refresh would bring back the page from before. */
function showPage(ctx) {
  const { path } = document.getElementById('main')?.dataset ?? {};
  if (
    path === undefined ||
    ctx.target?.id !== 'main' ||
    !(ctx.response?.raw?.ok ?? ctx.response?.status < 400)
  )
    return;
  if (path !== location.pathname + location.search) history.replaceState(history.state, '', path);
}

/** What is searched for stands in the address, so that it can be kept, shared and reloaded. */
function showAddress(path) {
  const url = new URL(path, location.href);
  for (const [key, value] of Array.from(url.searchParams)) if (value === '') url.searchParams.delete(key);
  history.replaceState(history.state, '', url);
}

function forgetToastInAddress() {
  const url = new URL(location.href);
  if (!url.searchParams.has('toast')) return;
  url.searchParams.delete('toast');
  history.replaceState(history.state, '', url);
}

document.addEventListener('visibilitychange', () => {
  if (!document.hidden) showTimes(true);
});

// What was said about a text is about the text as it was.
document.addEventListener('input', ({ target }) => {
  if (target.getAttribute?.('aria-invalid') !== 'true') return;
  document.getElementById(target.getAttribute('aria-describedby'))?.remove();
  target.removeAttribute('aria-invalid');
  target.removeAttribute('aria-describedby');
});

// The first screen is one key away from any device.
document.addEventListener('keydown', event => {
  if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest('input, textarea, select') !== null) return;
  const field = document.querySelector('.find input, #q');
  if (field === null) return;
  event.preventDefault();
  field.focus();
});

forgetToastInAddress();
tellZone();
readClock();
showTimes(true);
settleToast();
setInterval(showTimes, SECOND, false);
