/** What a TLS server shows of itself: nothing is verified, everything is a claim. */
import type { X509Certificate } from 'node:crypto';
import { facts } from './fact.ts';
import type { Facts } from './fact.ts';

/** `TLSv1.3`, and the certificate if one was sent. */
export function tlsFacts(protocol: string | null, certificate: X509Certificate | undefined): Facts {
  if (certificate === undefined) return facts({ protocol });
  return facts({
    protocol,
    subject: nameOf(certificate.subject),
    san: certificate.subjectAltName,
    issuer: nameOf(certificate.issuer),
    not_before: isoDate(certificate.validFrom),
    not_after: isoDate(certificate.validTo),
    // Both empty would be equal too.
    self_signed: certificate.subject !== '' && certificate.subject === certificate.issuer ? 'yes' : 'no',
  });
}

/** The common name of `CN=…\nO=…`, or else the organisation, or else all of it. */
function nameOf(distinguishedName: string | undefined): string | undefined {
  const attribute = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(distinguishedName ?? '')?.[1];
  return attribute('CN') ?? attribute('O') ?? distinguishedName;
}

/** `Nov 20 12:00:00 2026 GMT` as `2026-11-20T12:00:00Z`; as it is when it cannot be read. */
function isoDate(text: string): string {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? text : new Date(ms).toISOString().replace('.000', '');
}
