/** What PostgreSQL keeps of a password (RFC 5803), worked out here so that the password itself never reaches the server or its log. */
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';

/** PostgreSQL's own default; see scram_iterations. */
const ITERATIONS = 4096;

/**
 * @param password printable ASCII: such text is its own SASLprep form (RFC 4013)
 * @param salt 16 random bytes
 */
export function scramVerifier(password: string, salt: Buffer): string {
  if (!/^[\x21-\x7e]+$/.test(password)) throw new RangeError('the password must be printable ASCII');
  const salted = pbkdf2Sync(password, salt, ITERATIONS, 32, 'sha256');
  const hmac = (text: string) => createHmac('sha256', salted).update(text).digest();
  const storedKey = createHash('sha256').update(hmac('Client Key')).digest('base64');
  const serverKey = hmac('Server Key').toString('base64');
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}
