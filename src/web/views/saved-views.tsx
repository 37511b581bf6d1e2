/** Lists that people kept by a name, and the forms that keep the one shown and choose its columns. */
import { inert } from '../../lib/text.ts';
import type { SavedView } from '../../store/saved-views.ts';
import { addressOf, paramsOf, type DeviceList } from '../device-address.ts';
import { COLUMNS } from '../device-columns.ts';
import { may } from '../access.ts';
import { currentVisit, text } from '../visit.ts';
import { ActionForm } from './forms.tsx';

export interface ViewTyped {
  readonly name: string;
  readonly shared: boolean;
  readonly error: string;
}

interface Props {
  list: DeviceList;
  views: readonly SavedView[];
  typed?: ViewTyped;
}

export const SavedViews = ({ list, views, typed }: Props) => {
  const words = text().devices.views;
  const here = paramsOf(list).toString();
  const back = addressOf(list);
  return (
    <div class="views">
      <nav class="tabs" aria-label={words.label}>
        <a href="/devices" aria-current={here === '' ? 'true' : undefined}>
          {words.all}
        </a>
        {views.map(view => (
          <a href={`/devices?${view.query}`} aria-current={here === view.query ? 'true' : undefined}>
            <bdi>{inert(view.name, 60)}</bdi>
          </a>
        ))}
      </nav>
      <details class="pop" open={typed !== undefined}>
        <summary>{words.save}</summary>
        <div class="pop-body">
          <ActionForm action="/devices/views" back={back} class="save-view">
            <input type="hidden" name="list" value={here} />
            <label>
              <span>{words.name}</span>
              <input
                name="name"
                required
                maxlength={60}
                autocomplete="off"
                value={typed?.name ?? ''}
                {...(typed === undefined
                  ? {}
                  : { 'aria-invalid': 'true' as const, 'aria-describedby': 'view-error' })}
              />
            </label>
            {may('admin') && (
              <label class="check">
                <input
                  type="checkbox"
                  name="shared"
                  value="yes"
                  checked={typed?.shared ?? currentVisit()?.visitor?.userId == null}
                />
                <span>{words.shared}</span>
              </label>
            )}
            <button>{text().words.save}</button>
            {typed !== undefined && (
              <p class="field-error" id="view-error">
                {typed.error}
              </p>
            )}
          </ActionForm>
          <Removable views={views} back={back} />
        </div>
      </details>
      <details class="pop">
        <summary>{words.columns}</summary>
        <form class="pop-body columns-form" action="/devices">
          {[...paramsOf({ ...list, columns: [] })]
            .filter(([name]) => name !== 'cols')
            .map(([name, value]) => (
              <input type="hidden" name={name} value={value} />
            ))}
          {COLUMNS.map(column => (
            <label class="check">
              <input type="checkbox" name="cols" value={column} checked={list.columns.includes(column)} />
              <span>{text().devices.columns[column]}</span>
            </label>
          ))}
          <button>{text().words.show}</button>
        </form>
      </details>
    </div>
  );
};

const Removable = ({ views, back }: { views: readonly SavedView[]; back: string }) => {
  const words = text().devices.views;
  const own = views.filter(view => !view.isShared || may('admin'));
  return own.length === 0 ? null : (
    <ul class="plain">
      {own.map(view => (
        <li>
          <bdi>{inert(view.name, 60)}</bdi>
          {view.isShared && <span class="muted">{words.everybody}</span>}
          <ActionForm action={`/devices/views/${view.id}/remove`} back={back}>
            <input type="hidden" name="shared" value={view.isShared ? 'yes' : 'no'} />
            <button class="link" aria-label={words.removeThis(inert(view.name, 60))}>
              {text().words.remove}
            </button>
          </ActionForm>
        </li>
      ))}
    </ul>
  );
};
