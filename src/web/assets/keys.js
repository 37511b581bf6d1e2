// Keys. Each is one letter, works only where no text is typed, and presses a button or link of the page: whatever can
// be done by key can be done without.
'use strict';

(() => {
  const choosing = () => [...document.querySelectorAll('#results .pick input')];
  const rows = () => [...document.querySelectorAll('#results tbody tr[id]')];
  const press = selector => document.querySelector(selector)?.click();

  // Where the reader is: marked, and what Tab goes on from.
  const current = () => document.querySelector('#results tr.current');

  function moveTo(row) {
    if (row === undefined || row === null) return;
    current()?.classList.remove('current');
    row.classList.add('current');
    row.scrollIntoView({ block: 'nearest' });
    row.querySelector('th.name a')?.focus({ preventScroll: true });
  }

  function step(by) {
    const all = rows();
    const at = all.indexOf(current());
    const next = at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + by));
    if (at === all.length - 1 && by > 0) press('#more a');
    moveTo(all[next]);
  }

  /** Those that are chosen, or the one the reader is at. */
  function decide(act) {
    if (document.getElementById('review-form') !== null) return press(`#review-form button[value="${act}"]`);
    const form = document.getElementById('bulk');
    if (form === null) return undefined;
    const isChosen = choosing().some(box => box.checked) || form.elements.all?.checked;
    if (!isChosen) {
      const box = current()?.querySelector('.pick input');
      if (box === undefined || box === null) return undefined;
      box.checked = true;
    }
    form.elements.act.value = act;
    return form.requestSubmit();
  }

  /** With the first that it may be; whoever presses the key for nothing is told so. */
  function merge() {
    if (document.getElementById('review-form') === null) return;
    const button = document.querySelector('#review-form button[value^="merge-"]');
    if (button !== null) button.click();
    else
      document
        .getElementById('toasts')
        .replaceChildren(document.getElementById('nothing-similar').content.cloneNode(true));
  }

  const KEYS = {
    j: () => step(1),
    k: () => step(-1),
    x: () => current()?.querySelector('.pick input')?.click(),
    o: () => current()?.querySelector('th.name a')?.click(),
    a: () => decide('accept'),
    i: () => decide('ignore'),
    b: () => decide('block'),
    m: merge,
    n: () => press('#review-later'),
    u: () => press('#toasts form button'),
    e: () => document.getElementById('review-name')?.select(),
  };

  document.addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (
      event.target.closest('input:not([type=checkbox]), textarea, select, [contenteditable], dialog') !== null
    ) {
      if (event.key === 'Escape') event.target.blur();
      return;
    }
    const act = Object.hasOwn(KEYS, event.key) ? KEYS[event.key] : undefined;
    if (act === undefined || document.querySelector('#results, #review-form, #toasts form') === null) return;
    event.preventDefault();
    act();
  });

  // On a narrow screen a row has room for name, state and address: a tap beside them unfolds the rest.
  document.addEventListener('click', event => {
    const row = event.target.closest?.('.devices tbody tr[id]');
    if (!row || event.target.closest('a, button, input, label, form') !== null) return;
    row.classList.toggle('open');
  });

  // How many are chosen stands beside the fold with what can be done about them.
  function count() {
    const place = document.getElementById('bulk-count');
    if (place === null) return;
    const chosen = choosing().filter(box => box.checked).length;
    place.textContent = chosen > 0 ? `(${chosen})` : '';
    const fold = place.closest('details');
    if (chosen > 0 && !fold.open) fold.open = true;
    fold.classList.toggle('chosen', chosen > 0);
  }
  document.addEventListener('change', event => {
    if (event.target.matches?.('.pick input')) count();
  });
  document.addEventListener('htmx:after:swap', count);
  count();
})();
