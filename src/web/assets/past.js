// The time machine's sliders answer while they are moved. Without this file each is a form with a button.
'use strict';

(() => {
  /** A slider that is dragged asks no more often than this. */
  const REST_MS = 120;
  let timer;
  /** The address that was asked for last; answers to older questions are not shown. */
  let wanted = '';

  function hideButtons() {
    for (const button of document.querySelectorAll('.slider-go')) button.hidden = true;
  }

  function momentOf(slider) {
    const { from, unit, most } = slider.dataset;
    const at = Math.min(Number(from) + Number(slider.value) * Number(unit), Number(most));
    return new Date(Math.floor(at / 1000) * 1000);
  }

  const SHAPES = {
    clock: { hour: '2-digit', minute: '2-digit' },
    date: { day: 'numeric', month: 'short', year: 'numeric' },
  };

  function say(slider, at) {
    const format = new Intl.DateTimeFormat(document.documentElement.lang === 'de' ? 'de-DE' : 'en-GB', {
      ...SHAPES[slider.dataset.shape],
      timeZone: slider.dataset.zone,
    });
    const text = format.format(at);
    slider.setAttribute('aria-valuetext', text);
    const output = slider.form.querySelector('output');
    if (output !== null) output.textContent = text;
  }

  function addressOf(slider, at) {
    const url = new URL('/past', location.href);
    for (const field of slider.form.querySelectorAll('input[type="hidden"]'))
      if (field.name !== 'day') url.searchParams.set(field.name, field.value);
    url.searchParams.set('at', at.toISOString().replace('.000Z', 'Z'));
    return url.pathname + url.search;
  }

  async function go(address) {
    wanted = address;
    await htmx.ajax('GET', address, { source: '#past', target: '#main', swap: 'outerMorph' });
    if (wanted === address) history.replaceState(history.state, '', address);
  }

  document.addEventListener('input', ({ target }) => {
    if (!target.matches?.('.past-slider input[type="range"]')) return;
    const at = momentOf(target);
    say(target, at);
    clearTimeout(timer);
    // What is being moved stays as it is; everything around it follows.
    target.setAttribute('hx-morph-skip', '');
    timer = setTimeout(() => void go(addressOf(target, at)), REST_MS);
  });

  document.addEventListener('htmx:before:swap', event => {
    const { ctx } = event.detail;
    if (ctx.sourceElement?.id === 'past' && ctx.request?.action !== wanted) event.preventDefault();
  });

  document.addEventListener('htmx:before:request', event => {
    const { ctx } = event.detail;
    // What is over does not change with what happens now.
    if (ctx.sourceElement?.id === 'main' && document.getElementById('past')?.dataset.past === 'then')
      event.preventDefault();
  });

  document.addEventListener('htmx:after:swap', hideButtons);
  hideButtons();
})();
