/** What somebody reads who may not, or not any more. */
import { signInAddress } from '../sign-in-address.ts';
import { text } from '../visit.ts';
import { Page, type Frame } from './layout.tsx';

export const SignInToast = ({ back }: { back: string }) => (
  <div class="toast warn" id="toast-sign-in" data-stay>
    <span>{text().people.refused.expired}</span>{' '}
    <a href={signInAddress(back)} target="_blank" rel="noopener">
      {text().people.refused.signIn}
    </a>
  </div>
);

export const RefusedToast = ({ text: sentence }: { text: string }) => (
  <div class="toast bad" id="toast-refused">
    <span>{sentence}</span>
  </div>
);

interface ExpiredProps {
  frame: Frame;
  /** Where the form was sent. */
  action: string;
  typed: URLSearchParams;
  signIn: string;
}

/** Never carried through a page: whoever has left must not find it there. */
const SECRET = /pass|old|repeat|code|secret|token|key/i;
/** Their forms ask who somebody is: nothing of them is carried. */
const PERSONAL = /^\/(?:account|users|keys|welcome|sign-in)(?:\/|$)/;

/** A form that was sent after its sender had been signed out: it waits here, and is sent again by a button. */
export const Expired = ({ frame, action, typed, signIn }: ExpiredProps) => {
  const words = text().people.expired;
  const kept = PERSONAL.test(action) ? [] : [...typed].filter(([name]) => !SECRET.test(name));
  return (
    <Page frame={frame} title={words.title} section="none" bare>
      <section class="first-look">
        <h1>{words.title}</h1>
        <p>{words.kept}</p>
        <ol>
          <li>
            <a href={signIn} target="_blank" rel="noopener">
              {words.signIn}
            </a>
          </li>
          <li>
            <form method="post" action={action}>
              {kept.map(([name, value]) => (
                <input type="hidden" name={name} value={value} />
              ))}
              <button class="primary">{words.again}</button>
            </form>
          </li>
        </ol>
      </section>
    </Page>
  );
};
