/** One set of line icons, drawn for this site: 16 × 16, 1.5 wide. */
import type { Child } from 'hono/jsx';

const Icon = ({ children }: { children?: Child }) => (
  <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
    {children}
  </svg>
);

export const SearchIcon = () => (
  <Icon>
    <circle cx="7" cy="7" r="4.5" />
    <path d="m10.5 10.5 4 4" />
  </Icon>
);

export const ThemeIcon = () => (
  <Icon>
    <circle cx="8" cy="8" r="6" />
    <path class="fill" d="M8 2a6 6 0 0 1 0 12z" />
  </Icon>
);

export const MenuIcon = () => (
  <Icon>
    <circle cx="8" cy="5.5" r="2.75" />
    <path d="M2.5 14c.6-3 2.8-4.25 5.5-4.25s4.9 1.25 5.5 4.25" />
  </Icon>
);

export const InboxIcon = () => (
  <Icon>
    <path d="M1.75 3.25h12.5v9.5H1.75zM2 4l6 5 6-5" />
  </Icon>
);

/** The mark of netureon: one asks, the others answer. */
export const Logo = () => (
  <svg class="logo" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" focusable="false">
    <path class="wave" d="M4.2 14.5a8 8 0 0 1 11.4-9.7M19.8 9.5A8 8 0 0 1 8.4 19.2" />
    <circle class="centre" cx="12" cy="12" r="3.2" />
    <circle class="peer" cx="18.6" cy="6.2" r="2" />
    <circle class="peer" cx="5.4" cy="17.8" r="2" />
  </svg>
);
