/** The inbox's style and script, served as files of their own under a policy that allows nothing inline. */
export const INBOX_STYLE = `
:root { color-scheme: light dark; --bg: oklch(99% 0 0); --surface: oklch(96.5% 0.004 250); --line: oklch(87% 0.008 250);
  --text: oklch(25% 0.02 250); --muted: oklch(47% 0.02 250); --accent: oklch(48% 0.14 250); }
@media (prefers-color-scheme: dark) { :root { --bg: oklch(20% 0.012 250); --surface: oklch(25% 0.014 250);
  --line: oklch(37% 0.016 250); --text: oklch(93% 0.008 250); --muted: oklch(74% 0.015 250); --accent: oklch(78% 0.11 250); } }
* { box-sizing: border-box; }
body { margin: 0; padding: 16px; background: var(--bg); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 24px; margin: 0; } h2 { font-size: 18px; } h3 { font-size: 15px; margin: 0; }
a { color: var(--accent); } .muted { color: var(--muted); font-size: 13px; margin: 0 0 8px; }
main { display: grid; gap: 24px; grid-template-columns: minmax(0, 1fr); }
@media (min-width: 900px) { main { grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); } section:first-child { grid-row: span 2; } }
article { border: 1px solid var(--line); border-radius: 6px; background: var(--surface); padding: 12px; margin-bottom: 12px; }
iframe { width: 100%; height: 320px; border: 1px solid var(--line); border-radius: 6px; background: white; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; } .bubble { white-space: pre-wrap; overflow-wrap: anywhere; }
time { font-variant-numeric: tabular-nums; } ol { padding-left: 20px; } summary { cursor: pointer; }
.buttons { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 8px; }
.buttons button { font: inherit; color: var(--accent); background: var(--bg); border: 1px solid var(--line); border-radius: 6px;
  padding: 6px 12px; min-height: 36px; cursor: pointer; }
#news:empty { display: none; }
`;

/** Says that something new is there instead of moving what somebody is reading. */
export const INBOX_SCRIPT = `
const news = document.getElementById('news');
const shown = Number(document.body.dataset.count);
setInterval(async () => {
  try {
    const { mails, telegram } = await (await fetch('/messages')).json();
    const fresh = mails.length + telegram.length - shown;
    if (fresh <= 0) return;
    const link = document.createElement('a');
    link.href = '/';
    link.textContent = fresh === 1 ? '1 new message, show it' : fresh + ' new messages, show them';
    news.replaceChildren(link);
  } catch {
    news.textContent = 'The demo has ended.';
  }
}, 2000);
`;
