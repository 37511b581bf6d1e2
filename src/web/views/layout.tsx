/** The frame around every page. A request by htmx gets the page's main part alone, drawn by the same components. */
import type { Child } from 'hono/jsx';
import { raw } from 'hono/html';
import { LANGUAGE_NAMES } from '../locale.ts';
import type { SiteOptions } from '../options.ts';
import { customs } from '../times.ts';
import { currentVisit, LANGUAGES, text } from '../visit.ts';
import { InboxIcon, Logo, SearchIcon, ThemeIcon } from './icons.tsx';
import { Menu } from './menu.tsx';
import { BarDefs } from './presence-bar.tsx';

/** Which entry of the main menu a page belongs to. */
export type Section = 'overview' | 'devices' | 'alerts' | 'scans' | 'rules' | 'none';
export type Theme = 'light' | 'dark' | null;

export interface Frame {
  readonly options: Pick<SiteOptions, 'assets' | 'version' | 'demoInboxUrl' | 'live'>;
  readonly now: Date;
  /** Path and query, without the toast. */
  readonly path: string;
  readonly theme: Theme;
  /** Only the main part is wanted. */
  readonly isFragment: boolean;
  readonly toast: Child;
  /** Of the search field in the header. */
  readonly search?: string;
}

interface PageProps {
  frame: Frame;
  title: string;
  section: Section;
  /** A page that stands alone: not for search engines, and without the ways to others and their changes. */
  bare?: boolean;
  children?: Child;
}

const HTMX_CONFIG = JSON.stringify({
  includeIndicatorCSS: false,
  history: false,
  // A fold that the reader opened stays open when the page refreshes.
  morphIgnore: ['data-htmx-powered', 'open'],
});

export const Page = ({ frame, title, section, bare: standsAlone = false, children }: PageProps) => {
  // Who is not signed in has nowhere else to go.
  const bare = standsAlone || (currentVisit()?.visitor ?? null) === null;
  const fullTitle = `${title} · netureon`;
  const main = (
    <main id="main" tabindex={-1} data-path={frame.path} data-now={frame.now.getTime()}>
      {children}
    </main>
  );
  if (frame.isFragment)
    return (
      <>
        <title>{fullTitle}</title>
        {main}
        {frame.toast !== null && <Toasts isFragment>{frame.toast}</Toasts>}
      </>
    );
  const { assets, live } = frame.options;
  return (
    <>
      {raw('<!doctype html>')}
      <html
        lang={language()}
        data-theme={frame.theme ?? undefined}
        data-zone={currentVisit()?.isZoneChosen === true ? currentVisit()?.zone : undefined}
      >
        <head>
          <meta charset="utf-8" />
          <title>{fullTitle}</title>
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          {bare && <meta name="robots" content="noindex, nofollow" />}
          <meta name="htmx-config" content={HTMX_CONFIG} />
          <meta name="netureon-words" content={scriptWords()} />
          <link rel="icon" href={assets.url('icon.svg')} type="image/svg+xml" />
          <link rel="stylesheet" href={assets.url('site.css')} />
          <script src={assets.url('htmx.js')} defer></script>
          <script src={assets.url('site.js')} defer></script>
        </head>
        <body>
          <a class="skip" href="#main">
            {text().frame.skip}
          </a>
          <Header frame={frame} section={section} bare={bare} />
          <BarDefs />
          {main}
          <Toasts>{frame.toast}</Toasts>
          <footer>
            <span translate="no">netureon {frame.options.version}</span>
            <span id="connection" role="status"></span>
            <Languages back={frame.path} />
          </footer>
          {!bare && <div id="live" hidden data-since={live.version()}></div>}
          <template id="offline">
            <div class="toast bad">
              <span>{text().frame.offline}</span>
            </div>
          </template>
        </body>
      </html>
    </>
  );
};

function language() {
  return currentVisit()?.language ?? 'en';
}

/** What site.js says by itself. */
function scriptWords(): string {
  const { times, frame } = text();
  return JSON.stringify({ customs: customs(), ...times, ...frame.live });
}

const Languages = ({ back }: { back: string }) => (
  <form class="languages" method="post" action="/language" aria-label={text().frame.language}>
    <input type="hidden" name="back" value={back} />
    {LANGUAGES.map(one => (
      <button
        class="link"
        name="language"
        value={one}
        lang={one}
        aria-current={one === language() ? 'true' : undefined}
      >
        {LANGUAGE_NAMES[one]}
      </button>
    ))}
  </form>
);

const NAV = [
  ['overview', '/'],
  ['devices', '/devices'],
  ['alerts', '/alerts'],
  ['scans', '/scans'],
  ['rules', '/rules'],
] as const;

const Header = ({ frame, section, bare }: { frame: Frame; section: Section; bare: boolean }) => (
  <header class="top">
    <a class="brand" href="/" aria-label={text().frame.home}>
      <Logo />
      <span>netureon</span>
    </a>
    {!bare && (
      <nav aria-label={text().frame.main}>
        {NAV.map(([key, href]) => (
          <a href={href} aria-current={key === section ? 'page' : undefined}>
            {text().frame.nav[key]}
          </a>
        ))}
      </nav>
    )}
    {!isList(frame.path) && !bare && (
      <form class="find" role="search" action="/devices" aria-label={text().frame.find}>
        <SearchIcon />
        <input
          type="search"
          name="q"
          placeholder={text().frame.find}
          aria-label={text().frame.find}
          autocomplete="off"
        />
      </form>
    )}
    {!isList(frame.path) && !bare && (
      <a class="find-link" href="/devices#q" aria-label={text().frame.find}>
        <SearchIcon />
      </a>
    )}
    {frame.options.demoInboxUrl !== undefined && !bare && (
      <a class="inbox" href={frame.options.demoInboxUrl}>
        <InboxIcon /> {text().frame.inbox}
      </a>
    )}
    {!bare && (
      <form class="theme" method="post" action="/theme">
        <input type="hidden" name="back" value={frame.path} />
        <button class="quiet-button" name="theme" value={frame.theme === 'dark' ? 'light' : 'dark'}>
          <ThemeIcon />
          <span>{text().frame.theme}</span>
        </button>
      </form>
    )}
    {!bare && <Menu path={frame.path} />}
  </header>
);

/** The list has a search of its own. */
function isList(path: string): boolean {
  return /^\/devices(?:\?|$)/.test(path);
}

const Toasts = ({ isFragment = false, children }: { isFragment?: boolean; children?: Child }) => (
  <div id="toasts" role="status" aria-live="polite" hx-swap-oob={isFragment ? 'true' : undefined}>
    {children}
  </div>
);
