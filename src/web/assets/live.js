// The stream of hints. A browser opens six connections to a host (HTTP/1.1): of all pages that are seen, one has the
// stream and tells the others; a page that nobody sees lets go, and catches up when it is shown. Which one it is, a lock
// says; where there are none (plain HTTP from elsewhere), each page that is seen has its own.

const live = document.getElementById('live');
/** The version that this page shows, and the newest that was heard of. */
let seen = live?.dataset.since;
let newest = seen;
let stream = null;
/** Of the lock: ends the waiting for it, and gives it back. */
let waiting = null;
let giveBack = null;
/** After a refusal: longer each time, and not all pages at once. */
let refusals = 0;
let comingBack;
const others = new BroadcastChannel('netureon-live');
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel is of one origin
const tell = message => others.postMessage(message);

function listen() {
  if (seen === undefined || waiting !== null || document.hidden) return;
  clearTimeout(comingBack);
  const mine = new AbortController();
  waiting = mine;
  // Whoever has the stream knows whether anything has changed since.
  tell({ seen });
  if (navigator.locks === undefined) return openStream();
  const held = () =>
    new Promise(resolve => {
      if (waiting !== mine) return resolve();
      giveBack = resolve;
      openStream();
    });
  navigator.locks.request('netureon-live', { signal: mine.signal }, held).catch(error => {
    if (error.name !== 'AbortError') throw error;
  });
}

function openStream() {
  stream = new EventSource(`/events?since=${encodeURIComponent(seen)}`);
  stream.addEventListener('open', () => {
    refusals = 0;
    tellConnection('');
  });
  for (const what of ['netureon:scan', 'netureon:change'])
    stream.addEventListener(what, event => {
      newest = event.lastEventId;
      const hint = { what, version: newest, spread: JSON.parse(event.data).spread };
      tell(hint);
      hear(hint);
    });
  stream.addEventListener('error', () => {
    // A stream ends now and then, and the browser opens the next: worth a word only if that fails.
    if (stream?.readyState === EventSource.CLOSED) {
      tellConnection(words.lost);
      letGo();
      refusals += 1;
      comingBack = setTimeout(listen, Math.min(30, 2 ** refusals) * SECOND * (0.5 + Math.random()));
    } else setTimeout(tellIfAway, 3 * SECOND);
  });
}

function tellConnection(text) {
  const place = document.getElementById('connection');
  if (place !== null && place.textContent !== text) place.textContent = text;
}

function tellIfAway() {
  if (stream !== null && stream.readyState !== EventSource.OPEN) tellConnection(words.lost);
}

function letGo() {
  stream?.close();
  waiting?.abort();
  giveBack?.();
  stream = waiting = giveBack = null;
}

others.addEventListener('message', ({ data }) => {
  if (data.what !== undefined) hear(data);
  else if (stream !== null && data.seen !== newest)
    tell({ what: 'netureon:change', version: newest, spread: 0 });
});

function hear({ what, version, spread }) {
  if (document.hidden || (what === 'netureon:change' && version === seen)) return;
  if (what !== 'netureon:change') document.dispatchEvent(new CustomEvent(what));
  // Many pages are open: not all fetch themselves at the same moment.
  else
    setTimeout(() => {
      if (document.hidden || version === seen) return;
      seen = version;
      document.dispatchEvent(new CustomEvent(what));
    }, Math.random() * spread);
}

document.addEventListener('visibilitychange', () => {
  if (document.hidden) letGo();
  else listen();
});
addEventListener('pagehide', letGo);
addEventListener('pageshow', listen);
listen();
