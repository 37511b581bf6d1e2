/** `/users`: who may use the site. For administrators, here and in the database. */
import { Hono, type Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import {
  addUser,
  changeUser,
  listUsers,
  removeUser,
  unlockUser,
  type UserChange,
  type UserOutcome,
} from '../../store/users.ts';
import { checkId } from '../forms.ts';
import { frameAt } from '../frame.tsx';
import type { SiteOptions } from '../options.ts';
import { checkName, checkRole, passwordErrors, typedText } from '../people-forms.ts';
import { formOf } from '../reply.ts';
import { Users, type UsersData } from '../views/users.tsx';
import { actor, currentVisit, text } from '../visit.ts';

type Done = keyof ReturnType<typeof text>['people']['users']['done'];
const DONE: readonly Done[] = [
  'added',
  'role',
  'password',
  'disabled',
  'enabled',
  'unlocked',
  'totp-off',
  'removed',
];

export function userRoutes(options: SiteOptions): Hono {
  const { db, site, people } = options;

  const page = async (c: Context, data: Omit<UsersData, 'users'>, status: 200 | 409 | 422 | 503 = 200) =>
    c.html(
      <Users frame={frameAt(c, options, '/users')} data={{ users: await listUsers(db, site), ...data }} />,
      status,
    );
  const idOf = (c: Context): number => {
    const id = checkId(c.req.param('id'));
    if (id === undefined) throw new HTTPException(404, { message: text().people.users.missing });
    return id;
  };
  /** What proves oneself is changed where it is asked for: on the page of the own account. */
  const isSelf = (c: Context) => idOf(c) === currentVisit()?.visitor?.userId;
  const after = (c: Context, outcome: UserOutcome, done: Done) => {
    if (outcome.kind === 'missing') throw new HTTPException(404, { message: text().people.users.missing });
    // Of what is refused here there is one thing: the last administrator.
    if (outcome.kind === 'refused') return page(c, { problem: text().people.users.lastAdmin }, 409);
    return c.redirect(`/users?done=${done}`, 303);
  };
  const change = async (c: Context, what: UserChange, done: Done) =>
    after(c, await changeUser(db, site, idOf(c), what, actor()), done);

  return new Hono()
    .get('/users', c => {
      const done = DONE.find(one => one === c.req.query('done'));
      return page(c, done === undefined ? {} : { note: text().people.users.done[done] });
    })
    .post('/users', async c => {
      const form = await formOf(c);
      const name = checkName(form.get('name'));
      const role = checkRole(form.get('role'));
      const password = form.get('password') ?? '';
      const { errors: words } = text().people;
      const errors = {
        ...('error' in name ? { name: name.error } : {}),
        ...(role === undefined ? { role: words.role } : {}),
        ...passwordErrors(password, null, 'value' in name ? name.value : ''),
      };
      const typed = { name: typedText(form, 'name'), role: typedText(form, 'role') };
      if (Object.keys(errors).length > 0 || 'error' in name || role === undefined)
        return page(c, { adding: { ...typed, errors } }, 422);
      const passwordHash = await people.hasher.hash(password);
      if (passwordHash === undefined)
        return page(c, { adding: { ...typed, errors: {} }, problem: text().people.signIn.busy }, 503);
      const outcome = await addUser(db, site, { name: name.value, role, passwordHash }, actor());
      if (outcome.kind === 'taken')
        return page(c, { adding: { ...typed, errors: { name: words.taken } } }, 422);
      if (outcome.kind === 'refused')
        return page(c, { adding: { ...typed, errors: {} }, problem: outcome.reason }, 422);
      return after(c, outcome, 'added');
    })
    .post('/users/:id/role', async c => {
      const role = checkRole((await formOf(c)).get('role'));
      if (role === undefined) return page(c, { problem: text().people.errors.role }, 422);
      return change(c, { role }, 'role');
    })
    .post('/users/:id/password', async c => {
      const id = idOf(c);
      if (isSelf(c)) return page(c, { problem: text().people.users.ownElsewhere }, 422);
      const password = (await formOf(c)).get('password') ?? '';
      const user = (await listUsers(db, site)).find(one => one.id === id);
      const errors = passwordErrors(password, null, user?.name ?? '');
      if (Object.keys(errors).length > 0) return page(c, { changing: { id, errors } }, 422);
      const passwordHash = await people.hasher.hash(password);
      if (passwordHash === undefined) return page(c, { problem: text().people.signIn.busy }, 503);
      return change(c, { passwordHash }, 'password');
    })
    .post('/users/:id/switch', async c => {
      const on = (await formOf(c)).get('on') === 'yes';
      return change(c, { disabled: !on }, on ? 'enabled' : 'disabled');
    })
    .post('/users/:id/totp-off', c =>
      isSelf(c)
        ? page(c, { problem: text().people.users.ownElsewhere }, 422)
        : change(c, { totp: 'off' }, 'totp-off'),
    )
    .post('/users/:id/unlock', async c => after(c, await unlockUser(db, site, idOf(c), actor()), 'unlocked'))
    .post('/users/:id/remove', async c => after(c, await removeUser(db, site, idOf(c), actor()), 'removed'));
}
