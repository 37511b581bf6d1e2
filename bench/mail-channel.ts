// The one channel of the benches that send mail.
export const MAIL = {
  name: 'email',
  kind: 'email',
  target: 'noc@example.test',
  settings: { to: ['noc@example.test'] },
} as const;
