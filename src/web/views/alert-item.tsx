/** An alert with where it went. */
import { inert } from '../../lib/text.ts';
import type { Alert, Delivery } from '../../store/site-alerts.ts';
import { ActionForm } from './forms.tsx';
import { MarkIcon } from './marks.tsx';
import { Moment } from './time.tsx';

interface AlertProps {
  alert: Alert;
  now: Date;
  back: string;
}

export const AlertItem = ({ alert, now, back }: AlertProps) => {
  const isOpen = alert.resolvedAt === null && alert.acknowledgedAt === null;
  return (
    <li id={`alert-${alert.id}`} class={`alert-item ${alert.severity} ${isOpen ? 'open' : 'done'}`}>
      <div class="alert-head">
        <span class={`tag severity ${alert.severity}`}>
          <MarkIcon mark="alert" /> {alert.severity}
        </span>
        <p class="alert-summary">
          {alert.deviceId === null ? (
            <bdi>{inert(alert.summary, 300)}</bdi>
          ) : (
            <a href={`/devices/${alert.deviceId}`}>
              <bdi>{inert(alert.summary, 300)}</bdi>
            </a>
          )}
        </p>
        {isOpen && alert.gateway !== null && <AcceptGateway alert={alert} back={back} />}
        {isOpen && (
          <ActionForm action={`/alerts/${alert.id}/acknowledge`} back={back}>
            <button aria-label={`Acknowledge: ${inert(alert.summary, 100)}`}>Acknowledge</button>
          </ActionForm>
        )}
      </div>
      <p class="alert-facts">
        <Moment at={alert.openedAt} now={now} />
        {alert.mac !== null && <span class="mono">{alert.mac}</span>}
        {alert.network !== null && <span class="mono">{alert.network}</span>}
        {alert.count > 1 && (
          <span>
            {alert.count} times, last <Moment at={alert.lastAt} now={now} />
          </span>
        )}
        {alert.resolvedAt !== null ? (
          <span>
            resolved <Moment at={alert.resolvedAt} now={now} />
            {alert.resolvedBecause !== null && `: ${inert(alert.resolvedBecause, 120)}`}
          </span>
        ) : (
          alert.acknowledgedAt !== null && (
            <span>
              acknowledged <Moment at={alert.acknowledgedAt} now={now} />
            </span>
          )
        )}
      </p>
      <ul class="receipts" aria-label="Deliveries">
        {alert.deliveries.map(delivery => (
          <Receipt delivery={delivery} now={now} />
        ))}
      </ul>
    </li>
  );
};

/** The gateway was replaced, and the person knows. One button for each that claims to be it; of many, none is. */
const AcceptGateway = ({ alert: { id, gateway }, back }: { alert: Alert; back: string }) => (
  <>
    {(gateway?.macs ?? []).slice(0, 2).map(mac => (
      <ActionForm action={`/alerts/${id}/accept-gateway`} back={back}>
        <input type="hidden" name="mac" value={mac} />
        <button title={`${inert(mac, 20)} is the gateway of this network from now on`}>
          {(gateway?.macs.length ?? 0) > 1 ? `${inert(mac, 20)} is the gateway` : 'This is the gateway'}
        </button>
      </ActionForm>
    ))}
  </>
);

const Receipt = ({ delivery, now }: { delivery: Delivery; now: Date }) => {
  const channel =
    delivery.channel === null ? null : `${inert(delivery.channel, 60)} (${inert(delivery.target ?? '', 80)})`;
  switch (delivery.state) {
    case 'delivered':
      return (
        <li class="good">
          <MarkIcon mark="known" />
          <span>
            Sent to {channel} {delivery.finishedAt !== null && <Moment at={delivery.finishedAt} now={now} />}
            {delivery.receipt !== null && <span class="mono receipt">{inert(delivery.receipt, 200)}</span>}
          </span>
        </li>
      );
    case 'queued':
      return (
        <li class={delivery.attempts > 0 ? 'warn' : 'muted'}>
          <MarkIcon mark="quiet" />
          <span>
            {delivery.holdUntil === null ? (
              `Waiting for ${channel ?? ''}`
            ) : (
              <>
                Held until <Moment at={delivery.holdUntil} now={now} /> to learn its name, then to {channel}
              </>
            )}
            {delivery.attempts > 0 && (
              <>
                , tried {delivery.attempts === 1 ? 'once' : `${delivery.attempts} times`}
                {delivery.nextAttemptAt !== null && (
                  <>
                    , next try <Moment at={delivery.nextAttemptAt} now={now} />
                  </>
                )}
                {delivery.lastError !== null && `: ${inert(delivery.lastError, 200)}`}
              </>
            )}
          </span>
        </li>
      );
    case 'failed':
      return (
        <li class="bad">
          <MarkIcon mark="alert" />
          <span>
            Not delivered to {channel}: {inert(delivery.reason ?? '', 200)}
            {delivery.lastError !== null &&
              // Usually the reason is the error, or ends with it.
              delivery.reason?.includes(delivery.lastError) !== true &&
              ` (${inert(delivery.lastError, 200)})`}
          </span>
        </li>
      );
    default:
      return (
        <li class="muted">
          <MarkIcon mark="ignored" />
          <span>
            Not sent{channel !== null && ` to ${channel}`}: {inert(delivery.reason ?? '', 200)}
          </span>
        </li>
      );
  }
};
