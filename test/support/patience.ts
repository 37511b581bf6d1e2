/**
 * For `vi.waitFor`, whose own limit is a second: what is awaited is sure to come, but a machine that is busy takes its
 * time. Below the limit of a test, so that the failure says what was missing.
 */
export const PATIENT = { timeout: 60_000, interval: 50 };
