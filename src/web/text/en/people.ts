/** Who is there: signing in, users, one's own account. */
export const people = {
  roles: {
    viewer: { name: 'viewer', may: 'looks at everything about devices and alerts' },
    operator: { name: 'operator', may: 'also decides about devices and alerts' },
    admin: { name: 'administrator', may: 'also decides how it works: rules, channels, users' },
  },
  refused: {
    nobody: 'Nobody may use this address.',
    role: (needed: string) =>
      `This needs the role of ${needed}, and you have another one. Nothing was changed; an administrator can do it, or give you the role.`,
    signIn: 'Sign in',
    expired: 'You are not signed in any more. Nothing was changed, and what you typed is still here.',
  },
  expired: {
    title: 'Not signed in any more',
    kept: 'Nothing was changed. What you sent is kept on this page until you leave it.',
    signIn: 'Sign in, in a new tab',
    again: 'Then send it again',
  },
};
