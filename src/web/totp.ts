/** Codes of six digits from a telephone (RFC 6238), and recovery codes for whoever has lost it. Pure but for the time it is told. */
import { createHash } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';
import { renderSVG } from 'uqr';

const STEP_S = 30;
/** A telephone's clock may be a step off, RFC 6238 §5.2. */
const DRIFT = 1;
const SECRET_BYTES = 20;

export function newSecret(random: (bytes: number) => Uint8Array): string {
  return new Secret({ buffer: copy(random(SECRET_BYTES)) }).base32;
}

function generator(secret: string, name: string, site: string): TOTP {
  return new TOTP({
    issuer: site,
    label: name,
    algorithm: 'SHA1', // what authenticator apps can do
    digits: 6,
    period: STEP_S,
    secret: Secret.fromBase32(secret),
  });
}

/** `otpauth://totp/…` */
export function keyUri(secret: string, name: string, site: string): string {
  return generator(secret, name, site).toString();
}

export function qrSvg(text: string): string {
  return renderSVG(text, { ecc: 'M', border: 2, pixelSize: 5, blackColor: '#000', whiteColor: '#fff' });
}

/** The step whose code this is; undefined: not one of now. */
export function stepOf(secret: string, code: string, now: Date): number | undefined {
  const digits = code.replaceAll(/\s/g, '');
  if (!/^\d{6}$/.test(digits)) return undefined;
  const delta = generator(secret, '', 'netureon').validate({
    token: digits,
    timestamp: now.getTime(),
    window: DRIFT,
  });
  return delta === null ? undefined : Math.floor(now.getTime() / 1000 / STEP_S) + delta;
}

const CODES = 10;
/** 80 bits each: nobody guesses one, not even with its hash. */
const CODE_BYTES = 10;

/** `abcd-efgh-jklm-npqr`, ten of them. */
export function newRecoveryCodes(random: (bytes: number) => Uint8Array): string[] {
  return Array.from({ length: CODES }, () => {
    const text = new Secret({ buffer: copy(random(CODE_BYTES)) }).base32.toLowerCase();
    return (text.match(/.{4}/g) ?? []).join('-');
  });
}

/** Undefined: not of that shape. */
export function recoveryHash(code: string): Uint8Array | undefined {
  const text = code.toLowerCase().replaceAll(/[\s-]/g, '');
  return /^[a-z2-7]{16}$/.test(text) ? createHash('sha256').update(text).digest() : undefined;
}

function copy(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
