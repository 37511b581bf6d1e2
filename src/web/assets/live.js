// The stream of hints. A browser opens six connections to a host (HTTP/1.1), so a page that nobody sees lets go of its
// stream, and catches up when it is shown: it says which version it has, and hears of a change if there was one.

const live = document.getElementById('live');
/** The version that this page shows. */
let seen = live?.dataset.since;
let stream = null;
/** After a refusal: longer each time, and not all pages at once. */
let refusals = 0;
let comingBack;

function listen() {
  if (seen === undefined || stream !== null || document.hidden) return;
  clearTimeout(comingBack);
  stream = new EventSource(`/events?since=${encodeURIComponent(seen)}`);
  stream.addEventListener('open', () => {
    refusals = 0;
    tellConnection('');
  });
  for (const what of ['netureon:scan', 'netureon:change'])
    stream.addEventListener(what, event => hear(what, event));
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
  stream = null;
}

function hear(what, event) {
  if (document.hidden) return letGo();
  if (what === 'netureon:change') {
    const { spread } = JSON.parse(event.data);
    const version = event.lastEventId;
    // Many pages are open: not all fetch themselves at the same moment.
    setTimeout(() => {
      if (document.hidden) return;
      seen = version;
      document.dispatchEvent(new CustomEvent(what));
    }, Math.random() * spread);
  } else document.dispatchEvent(new CustomEvent(what));
}

document.addEventListener('visibilitychange', () => {
  if (document.hidden) letGo();
  else listen();
});
addEventListener('pagehide', letGo);
addEventListener('pageshow', listen);
listen();
