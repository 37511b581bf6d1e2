/** What stands around every page. */
export const frame = {
  skip: 'Skip to the content',
  home: 'netureon, overview',
  main: 'Main',
  find: 'Find a device',
  inbox: 'Demo inbox',
  theme: 'Theme',
  offline: 'The site did not answer. Nothing was changed; try again in a moment.',
  nav: {
    overview: 'Overview',
    devices: 'Devices',
    alerts: 'Alerts',
    scans: 'Scans',
    rules: 'Rules',
  },
  menu: {
    label: 'More pages',
    account: 'Your account',
    users: 'Users',
    keys: 'API keys',
    audit: 'Audit log',
    system: 'System',
    help: 'Help',
    signOut: 'Sign out',
  },
};
