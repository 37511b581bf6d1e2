/** What Telegram says no with: `{ok: false, error_code, description, parameters?}`, the code being the HTTP status too. */
export class TelegramRefusal {
  readonly code: number;
  readonly description: string;
  readonly parameters: Readonly<Record<string, number>> | undefined;

  constructor(code: number, description: string, parameters?: Readonly<Record<string, number>>) {
    this.code = code;
    this.description = description;
    this.parameters = parameters;
  }
}

/** Refusals that depend on nothing in the request. */
export const refusals = {
  tooManyRequests: (seconds: number) =>
    new TelegramRefusal(429, `Too Many Requests: retry after ${seconds}`, { retry_after: seconds }),
  blockedByUser: () => new TelegramRefusal(403, 'Forbidden: bot was blocked by the user'),
  kicked: () => new TelegramRefusal(403, 'Forbidden: bot was kicked from the group chat'),
  migrated: (toChatId: number) =>
    new TelegramRefusal(400, 'Bad Request: group chat was upgraded to a supergroup chat', {
      migrate_to_chat_id: toChatId,
    }),
  internal: () => new TelegramRefusal(500, 'Internal Server Error'),
} as const;

export interface TelegramAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly json: unknown;
}

/** @param result a refusal, or what the method returned */
export function answerOf(result: unknown): TelegramAnswer {
  if (!(result instanceof TelegramRefusal)) return { status: 200, headers: {}, json: { ok: true, result } };
  const { code, description, parameters } = result;
  const retryAfter = parameters?.['retry_after'];
  return {
    status: code,
    headers: retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) },
    json: { ok: false, error_code: code, description, ...(parameters === undefined ? {} : { parameters }) },
  };
}
