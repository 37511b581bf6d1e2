// The page of one device: copying an address, and parts that come by themselves keep their address in the bar.
'use strict';

function showCopies() {
  if (navigator.clipboard === undefined) return;
  for (const button of document.querySelectorAll('[data-copy][hidden]')) button.hidden = false;
}

document.addEventListener('click', event => {
  const button = event.target.closest?.('[data-copy]');
  if (button === null || button === undefined) return;
  void navigator.clipboard.writeText(button.dataset.copy).then(() => {
    const word = button.textContent;
    if (word === button.dataset.done) return undefined;
    button.textContent = button.dataset.done;
    setTimeout(() => {
      button.textContent = word;
    }, 2000);
    return undefined;
  });
});

// The next refresh asks for what the bar says: the range that was chosen stays. Told before the swap, for with it the link
// that asked is gone from the page, and with it the way of its events.
document.addEventListener('htmx:before:swap', event => {
  const address = event.detail.ctx?.sourceElement?.dataset?.address;
  if (address !== undefined) history.replaceState(history.state, '', address);
});

document.addEventListener('htmx:after:swap', showCopies);

showCopies();
