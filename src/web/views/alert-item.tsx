/** An alert in a list: what, when, what it asks, and in one line where it went. */
import { inert } from '../../lib/text.ts';
import type { Alert } from '../../store/site-alerts.ts';
import { text } from '../visit.ts';
import { ActionForm } from './forms.tsx';
import { MarkIcon } from './marks.tsx';
import { MuteForm } from './mutes.tsx';
import { ReceiptLine } from './receipt-line.tsx';
import { Moment } from './time.tsx';

interface AlertProps {
  alert: Alert;
  now: Date;
  back: string;
  /** In which "tomorrow" is meant; without it there is nothing to mute by. */
  timeZone?: string;
}

/** Neither over nor acknowledged. */
export function isOpen(alert: Alert): boolean {
  return alert.resolvedAt === null && alert.acknowledgedAt === null;
}

export const AlertItem = ({ alert, now, back, timeZone }: AlertProps) => (
  <li id={`alert-${alert.id}`} class={`alert-item ${alert.severity} ${isOpen(alert) ? 'open' : 'done'}`}>
    <div class="alert-head">
      <SeverityTag severity={alert.severity} />
      <p class="alert-summary">
        {alert.deviceId === null ? (
          <bdi>{inert(alert.summary, 300)}</bdi>
        ) : (
          <a href={`/devices/${alert.deviceId}`}>
            <bdi>{inert(alert.summary, 300)}</bdi>
          </a>
        )}
      </p>
      {isOpen(alert) && <AlertButtons alert={alert} back={back} />}
      {timeZone !== undefined && alert.kind !== 'test' && (
        <MuteForm alert={alert} now={now} back={back} timeZone={timeZone} />
      )}
    </div>
    <AlertFacts alert={alert} now={now} />
    <ReceiptLine alert={alert} now={now} />
  </li>
);

export const SeverityTag = ({ severity }: Pick<Alert, 'severity'>) => (
  <span class={`tag severity ${severity}`}>
    <MarkIcon mark="alert" /> {text().words.severity[severity]}
  </span>
);

export const AlertButtons = ({ alert, back }: { alert: Alert; back: string }) => (
  <>
    {alert.gateway !== null && <AcceptGateway alert={alert} back={back} />}
    <ActionForm action={`/alerts/${alert.id}/acknowledge`} back={back}>
      <button aria-label={text().alerts.acknowledgeThis(inert(alert.summary, 100))}>
        {text().alerts.acknowledge}
      </button>
    </ActionForm>
  </>
);

export const AlertFacts = ({ alert, now }: { alert: Alert; now: Date }) => (
  <p class="alert-facts">
    <Moment at={alert.openedAt} now={now} />
    {alert.mac !== null && <span class="mono">{alert.mac}</span>}
    {alert.network !== null && <span class="mono">{inert(alert.network, 100)}</span>}
    {alert.count > 1 && (
      <span>
        {text().alerts.times(alert.count)} <Moment at={alert.lastAt} now={now} />
      </span>
    )}
    {alert.resolvedAt !== null ? (
      <span>
        {text().alerts.resolved} <Moment at={alert.resolvedAt} now={now} />
        {alert.resolvedBecause !== null && `: ${inert(alert.resolvedBecause, 120)}`}
      </span>
    ) : (
      alert.acknowledgedAt !== null && (
        <span>
          {text().alerts.acknowledged} <Moment at={alert.acknowledgedAt} now={now} />
          {alert.acknowledgedBy !== null && (
            <>
              {' '}
              {text().alerts.acknowledgedBy} <bdi>{inert(alert.acknowledgedBy, 60)}</bdi>
            </>
          )}
        </span>
      )
    )}
  </p>
);

/** The gateway was replaced, and the person knows. One button for each that claims to be it; of many, none is. */
const AcceptGateway = ({ alert: { id, gateway }, back }: { alert: Alert; back: string }) => (
  <>
    {(gateway?.macs ?? []).slice(0, 2).map(mac => (
      <ActionForm action={`/alerts/${id}/accept-gateway`} back={back}>
        <input type="hidden" name="mac" value={mac} />
        <button title={text().alerts.gatewayTitle(inert(mac, 20))}>
          {(gateway?.macs.length ?? 0) > 1
            ? text().alerts.isGateway(inert(mac, 20))
            : text().alerts.thisIsGateway}
        </button>
      </ActionForm>
    ))}
  </>
);
