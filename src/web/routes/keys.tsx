/** `/keys`: one's own API keys; those of everybody for administrators. */
import { Hono, type Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { addToken, listTokens, revokeToken, tokenFrom, type TokenScope } from '../../store/api-tokens.ts';
import { actingDb } from '../dbs.ts';
import { checkId } from '../forms.ts';
import { frameAt, frameOf } from '../frame.tsx';
import type { SiteOptions } from '../options.ts';
import { prove } from '../prove.ts';
import { formOf } from '../reply.ts';
import { complaintsOf } from '../schema/device.ts';
import { keyForm } from '../schema/key.ts';
import { actor, currentVisit, text, type Role } from '../visit.ts';
import { Keys, type KeysData } from '../views/keys.tsx';

const DAY = 24 * 60 * 60 * 1000;

const SCOPES_OF: Readonly<Record<Role, readonly TokenScope[]>> = {
  viewer: ['read', 'metrics'],
  operator: ['read', 'write', 'metrics'],
  admin: ['read', 'write', 'admin', 'metrics'],
};

/** A key outlasts the session: who has signed in by a password says it once more. */
function needsPassword(): boolean {
  const user = currentVisit()?.user;
  return user !== undefined && user.sessionId !== null && user.hasPassword;
}

export function keyRoutes(options: SiteOptions): Hono {
  const { db, dbs, site, clock } = options;
  /** One's own by the site's own rights, which know who asks; those of others by the visitor's. */
  const own = () => actingDb(dbs.own, actor(), 'site');

  const dataFor = async (isAll: boolean, more: Partial<KeysData> = {}): Promise<KeysData> => {
    const visitor = currentVisit()?.visitor ?? null;
    const isAdmin = visitor?.role === 'admin';
    const userId = visitor?.userId ?? null;
    const everybodys = isAll && isAdmin;
    return {
      keys:
        everybodys || userId !== null
          ? await listTokens(everybodys ? db : dbs.own, site, everybodys ? null : userId)
          : [],
      isAll: everybodys,
      isAdmin,
      scopes: SCOPES_OF[visitor?.role ?? 'viewer'],
      canMake: userId !== null,
      needsPassword: needsPassword(),
      ...more,
    };
  };

  /** Drawn in answer to the form, not after a redirect: the key is in no address and in no page that could be asked for again. */
  const make = async (c: Context) => {
    const form = await formOf(c);
    const isAll = form.get('whose') === 'all';
    const typed = {
      name: (form.get('name') ?? '').slice(0, 200),
      scopes: form.getAll('scopes').slice(0, 10),
      term: form.get('term') ?? '',
    };
    const again = async (errors: Record<string, string>) =>
      c.html(
        <Keys
          frame={frameAt(c, options, '/keys')}
          data={await dataFor(isAll, { form: { ...typed, errors } })}
        />,
        422,
      );
    const checked = keyForm.safeParse(typed);
    if (!checked.success) return again(complaintsOf(checked.error));
    const userId = currentVisit()?.visitor?.userId ?? null;
    if (userId === null) return again({ form: text().keys.noUser });
    const user = currentVisit()?.user;
    if (user !== undefined && needsPassword()) {
      const proof = await prove(options, user, form.get('old'));
      if (proof.kind === 'wait') return again({ old: text().people.signIn.wait(proof.seconds) });
      if (proof.kind === 'busy') return again({ old: text().people.signIn.busy });
      if (proof.kind === 'wrong') return again({ old: text().people.errors.oldPassword });
    }
    const { name, scopes, term } = checked.data;
    const token = tokenFrom(crypto.getRandomValues(new Uint8Array(32)));
    const expiresAt = term === 'never' ? null : new Date(clock.now().getTime() + Number(term) * DAY);
    const outcome = await addToken(own(), site, token, { userId, name, scopes, expiresAt }, actor());
    if (outcome.kind === 'refused') return again({ form: outcome.why });
    if (outcome.kind !== 'changed') throw new HTTPException(404, { message: text().keys.missing });
    const made = { token, url: options.publicUrl?.replace(/\/$/, '') ?? new URL(c.req.url).origin };
    return c.html(<Keys frame={frameAt(c, options, '/keys')} data={await dataFor(isAll, { made })} />);
  };

  return new Hono()
    .get('/keys', async c =>
      c.html(<Keys frame={await frameOf(c, options)} data={await dataFor(c.req.query('whose') === 'all')} />),
    )
    .post('/keys', make)
    .post('/keys/:id/revoke', async c => {
      const id = checkId(c.req.param('id'));
      const visitor = currentVisit()?.visitor ?? null;
      const isAll = (await formOf(c)).get('whose') === 'all';
      if (
        id === undefined ||
        id > 2_147_483_647 ||
        visitor === null ||
        (visitor.role !== 'admin' && visitor.userId === null)
      )
        throw new HTTPException(404, { message: text().keys.missing });
      const outcome = await revokeToken(
        visitor.role === 'admin' ? db : own(),
        site,
        id,
        visitor.role === 'admin' ? null : visitor.userId,
        actor(),
      );
      if (outcome.kind === 'missing') throw new HTTPException(404, { message: text().keys.missing });
      return c.redirect(isAll ? '/keys?whose=all' : '/keys', 303);
    });
}
