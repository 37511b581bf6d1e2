/** The pages of who is not signed in yet. They work without a script, and their forms lead to whole pages. */
import { text } from '../visit.ts';
import type { FieldErrors } from '../people-forms.ts';
import { Page, type Frame } from './layout.tsx';
import { PasswordField, Said, TextField } from './people-field.tsx';

interface SignInProps {
  frame: Frame;
  back: string;
  name?: string;
  problem?: string | undefined;
  /** Only in the demo: anybody may enter. */
  isDemo: boolean;
  /** Where it is encrypted, when this address is not. */
  elsewhere?: string | undefined;
}

export const SignInPage = ({ frame, back, name = '', problem, isDemo, elsewhere }: SignInProps) => {
  const { signIn, fields } = text().people;
  return (
    <Page frame={frame} title={signIn.title} section="none" bare>
      <section class="first-look sign-in">
        <h1>{signIn.title}</h1>
        <Said problem={problem} />
        {elsewhere !== undefined && <p class="concern warn">{signIn.elsewhere(elsewhere)}</p>}
        {isDemo && <EnterDemo />}
        <form method="post" action="/sign-in" class="edit">
          <input type="hidden" name="back" value={back} />
          <TextField
            name="name"
            word={fields.name}
            value={name}
            autocomplete="username"
            focus={name === ''}
          />
          <PasswordField name="password" word={fields.password} focus={name !== ''} />
          <button class="primary">{signIn.button}</button>
        </form>
        <p class="note">{signIn.forgotten}</p>
      </section>
    </Page>
  );
};

export const CodePage = ({
  frame,
  back,
  pending,
  problem,
}: {
  frame: Frame;
  back: string;
  pending: string;
  problem?: string | undefined;
}) => {
  const { signIn, fields } = text().people;
  return (
    <Page frame={frame} title={signIn.codeTitle} section="none" bare>
      <section class="first-look sign-in">
        <h1>{signIn.codeTitle}</h1>
        <p>{signIn.codeIntro}</p>
        <Said problem={problem} />
        <form method="post" action="/sign-in/code" class="edit">
          <input type="hidden" name="back" value={back} />
          <input type="hidden" name="pending" value={pending} />
          <TextField name="code" word={fields.code} autocomplete="one-time-code" focus />
          <button class="primary">{signIn.codeButton}</button>
        </form>
      </section>
    </Page>
  );
};

interface WelcomeProps {
  frame: Frame;
  code: string;
  name: string;
  errors: FieldErrors;
  problem?: string | undefined;
  isDemo: boolean;
}

export const WelcomePage = ({ frame, code, name, errors, problem, isDemo }: WelcomeProps) => {
  const { welcome, fields, demo } = text().people;
  const title = isDemo ? demo.title : welcome.title;
  return (
    <Page frame={frame} title={title} section="none" bare>
      <section class="first-look sign-in">
        <h1>{title}</h1>
        {isDemo ? (
          <>
            <p>{demo.intro}</p>
            <EnterDemo />
          </>
        ) : (
          <>
            <p>{welcome.intro}</p>
            <Said problem={problem} />
            <form method="post" action="/welcome" class="edit">
              <TextField
                name="code"
                word={welcome.code}
                value={code}
                autocomplete="off"
                error={errors['code']}
                hint={welcome.codeHint}
                focus={code === ''}
              />
              <TextField
                name="name"
                word={fields.name}
                value={name}
                autocomplete="username"
                error={errors['name']}
                focus={code !== ''}
              />
              <PasswordField
                name="password"
                word={fields.password}
                isNew
                error={errors['password']}
                hint={welcome.passwordHint}
              />
              <PasswordField name="repeat" word={fields.repeat} isNew error={errors['repeat']} />
              <button class="primary">{welcome.create}</button>
            </form>
          </>
        )}
      </section>
    </Page>
  );
};

const EnterDemo = () => (
  <form method="post" action="/welcome/demo">
    <button class="primary">{text().people.demo.enter}</button>
  </form>
);
